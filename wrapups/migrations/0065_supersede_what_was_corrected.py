"""What was corrected before stands beside its correction no longer: one row alone stands for each part."""

from django.db import migrations, transaction

PIECE = 1_000

_CORRECTED = """
    SELECT before.id FROM wrapups_assignment correction JOIN wrapups_assignment before ON before.id = correction.corrects_id
     WHERE correction.corrects_id IS NOT NULL AND before.status IN ('verified', 'overridden', 'skipped', 'cancelled')
     ORDER BY correction.corrects_id LIMIT %s
"""
_SUPERSEDE = """
    UPDATE wrapups_assignment SET status = 'superseded', watch_at = NULL, updated_at = app_now() WHERE id = ANY (%s)
"""
# Setting a column that `judged` watches makes it judge; the column itself stays as it is.
_JUDGE_AGAIN = """
    UPDATE wrapups_assignment SET corrects_id = corrects_id, updated_at = app_now() WHERE corrects_id = ANY (%s)
"""


def supersede(apps, schema_editor):
    """Supersede every corrected assignment there is, and have its correction judged, a piece in a transaction."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_CORRECTED, [PIECE])
            corrected = [pk for (pk,) in cursor.fetchall()]
            if not corrected:
                return
            with transaction.atomic(using=connection.alias):
                cursor.execute(_SUPERSEDE, [corrected])
                cursor.execute(_JUDGE_AGAIN, [corrected])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("wrapups", "0064_let_one_row_stand_for_each_part"),
    ]

    operations = [
        migrations.RunPython(supersede, migrations.RunPython.noop, elidable=True),
    ]
