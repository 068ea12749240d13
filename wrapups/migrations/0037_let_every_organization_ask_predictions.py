"""Organizations made before Copilot's predictions could be asked for get this duty, too; it is off at first."""

from django.db import migrations


def add_duty(apps, schema_editor):
    Organization, Sweep = apps.get_model("wrapups", "Organization"), apps.get_model("wrapups", "Sweep")
    for organization in Organization.objects.iterator():
        Sweep.objects.get_or_create(organization=organization, kind="predict")


class Migration(migrations.Migration):
    dependencies = [("wrapups", "0036_decide_again_and_ask_predictions")]
    operations = [migrations.RunPython(add_duty, migrations.RunPython.noop, elidable=True)]
