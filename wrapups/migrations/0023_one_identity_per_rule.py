"""Rules that were copied from release to release are the same rule; and organizations get the duties that are new."""

from django.db import migrations

ALIGN = """
    ALTER TABLE wrapups_mappingrule DISABLE TRIGGER USER;
    UPDATE wrapups_mappingrule rule
       SET identity = named.identity
      FROM (SELECT id, md5(organization_id || ':' || name || ':'
                           || row_number() OVER (PARTITION BY release_id, name ORDER BY line))::uuid AS identity
              FROM wrapups_mappingrule) AS named
     WHERE named.id = rule.id;
    ALTER TABLE wrapups_mappingrule ENABLE TRIGGER USER;
"""
"""By name within a release: until now nothing else told that two rows were one rule."""


def add_duties(apps, schema_editor):
    Organization, Sweep = apps.get_model("wrapups", "Organization"), apps.get_model("wrapups", "Sweep")
    for organization in Organization.objects.iterator():
        for kind in ("tally", "publish", "tidy"):
            Sweep.objects.get_or_create(organization=organization, kind=kind)


class Migration(migrations.Migration):
    dependencies = [("wrapups", "0022_rules_that_people_own")]
    operations = [
        migrations.RunSQL(ALIGN, migrations.RunSQL.noop, elidable=True),
        migrations.RunPython(add_duties, migrations.RunPython.noop, elidable=True),
    ]
