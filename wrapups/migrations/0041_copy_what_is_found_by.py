from django.db import migrations

BATCH = 5_000


def copy(apps, schema_editor):
    """Let every assignment there is copy what it is found by, some thousands in a transaction, oldest first.

    The triggers of the migration before do it, as for new ones. Done again it changes nothing.
    """
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM wrapups_assignment")
        [(newest,)] = cursor.fetchall()
        for first in range(1, newest + 1, BATCH):
            cursor.execute(
                "UPDATE wrapups_assignment SET communication_id = communication_id, status = status WHERE id BETWEEN %s AND %s",
                [first, first + BATCH - 1],
            )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("wrapups", "0040_search_by_what_was_found"),
    ]

    operations = [
        migrations.RunPython(copy, migrations.RunPython.noop, elidable=True),
    ]
