"""Organizations made before there was catching up get this duty, too."""

from django.db import migrations


def add_duty(apps, schema_editor):
    Organization, Sweep = apps.get_model("wrapups", "Organization"), apps.get_model("wrapups", "Sweep")
    for organization in Organization.objects.iterator():
        Sweep.objects.get_or_create(organization=organization, kind="catch_up")


class Migration(migrations.Migration):
    dependencies = [("wrapups", "0013_catch_up_and_backfill")]
    operations = [migrations.RunPython(add_duty, migrations.RunPython.noop, elidable=True)]
