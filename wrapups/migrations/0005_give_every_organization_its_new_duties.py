"""Organizations made before watching and reconciling existed get these duties, too."""

from django.db import migrations

NEW = ("watch", "reconcile")


def add_duties(apps, schema_editor):
    Organization, Sweep = apps.get_model("wrapups", "Organization"), apps.get_model("wrapups", "Sweep")
    for organization in Organization.objects.iterator():
        for kind in NEW:
            Sweep.objects.get_or_create(organization=organization, kind=kind)


class Migration(migrations.Migration):
    dependencies = [("wrapups", "0004_watch_breaker_and_order")]
    operations = [migrations.RunPython(add_duties, migrations.RunPython.noop, elidable=True)]
