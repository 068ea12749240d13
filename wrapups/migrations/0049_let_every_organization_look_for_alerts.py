"""Organizations made before alerts get this duty, too; it does nothing until there is a channel."""

from django.db import migrations


def add_duty(apps, schema_editor):
    Organization, Sweep = apps.get_model("wrapups", "Organization"), apps.get_model("wrapups", "Sweep")
    for organization in Organization.objects.iterator():
        Sweep.objects.get_or_create(organization=organization, kind="alert")


class Migration(migrations.Migration):
    dependencies = [("wrapups", "0048_tell_people_when_something_needs_them")]
    operations = [migrations.RunPython(add_duty, migrations.RunPython.noop, elidable=True)]
