"""What failed as it was decided failed when it was made: the trend and the alerts count by that."""

from django.db import migrations

BATCH = 5_000

# What waits is in an index of its own, so this reads few rows besides those it changes.
FINISH = """
    UPDATE wrapups_assignment SET finished_at = created_at
     WHERE id IN (SELECT id FROM wrapups_assignment
                   WHERE status IN ('failed', 'conflict') AND finished_at IS NULL
                   ORDER BY id LIMIT %s)
       AND finished_at IS NULL
"""


def finish(apps, schema_editor):
    """Give what waits for a person, and has no time of it, the time it was made at; some thousands in a transaction.

    Done again it changes nothing.
    """
    with schema_editor.connection.cursor() as cursor:
        changed = BATCH
        while changed:
            cursor.execute(FINISH, [BATCH])
            changed = cursor.rowcount


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("wrapups", "0062_see_open_groups_return"),
    ]

    operations = [
        migrations.RunPython(finish, migrations.RunPython.noop, elidable=True),
    ]
