"""Organizations made before their OAuth client was checked every day get this duty, too."""

from django.db import migrations


def add_duty(apps, schema_editor):
    Organization, Sweep = apps.get_model("wrapups", "Organization"), apps.get_model("wrapups", "Sweep")
    for organization in Organization.objects.iterator():
        Sweep.objects.get_or_create(organization=organization, kind="check")


class Migration(migrations.Migration):
    dependencies = [("wrapups", "0006_probes")]
    operations = [migrations.RunPython(add_duty, migrations.RunPython.noop, elidable=True)]
