"""A row for each cause of failures, made by a trigger where its first assignment comes to wait for a person."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# What waited for a person when this was applied; what comes to wait later the trigger sees.
GROUPS_OF_WHAT_WAITS = """
    INSERT INTO wrapups_failuregroup (organization_id, fingerprint, status, reason, error_code, media_type,
                                      state, because, first_seen_at, last_seen_at, reopen_count)
    SELECT organization_id, fingerprint, min(status), min(reason), min(error_code), min(media_type),
           'open', '', min(updated_at), max(updated_at), 0
      FROM wrapups_assignment
     WHERE status IN ('failed', 'conflict')
     GROUP BY organization_id, fingerprint
        ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0049_let_every_organization_look_for_alerts"),
    ]

    operations = [
        migrations.CreateModel(
            name="FailureGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "fingerprint",
                    models.CharField(
                        blank=True, help_text="The assignments' own; empty where they have none.", max_length=32
                    ),
                ),
                ("status", models.CharField(help_text="Of the first one: failed or conflict.", max_length=16)),
                ("reason", models.CharField(blank=True, max_length=32)),
                ("error_code", models.CharField(blank=True, help_text="Genesys' own code.", max_length=96)),
                ("media_type", models.CharField(blank=True, max_length=24)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("acknowledged", "acknowledged"),
                            ("snoozed", "snoozed"),
                            ("resolved", "resolved"),
                            ("ignored", "ignored"),
                        ],
                        db_default="open",
                        default="open",
                        max_length=16,
                    ),
                ),
                (
                    "snoozed_until",
                    models.DateTimeField(help_text="A snoozed group is open again from then on.", null=True),
                ),
                (
                    "because",
                    models.CharField(
                        blank=True, db_default="", help_text="Why it was put into this state.", max_length=300
                    ),
                ),
                ("triaged_at", models.DateTimeField(null=True)),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField(help_text="To the minute: it is not written more often.")),
                (
                    "reopened_at",
                    models.DateTimeField(help_text="When it last returned after it was resolved.", null=True),
                ),
                ("reopen_count", models.PositiveIntegerField(db_default=0, default=0)),
            ],
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="grouped",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"status\" IN ('conflict', 'failed'))",
                    declare="DECLARE of_cause record; own_act bigint; present_act text;",
                    func="\n    IF TG_OP = 'UPDATE' THEN\n        IF OLD.status = NEW.status AND OLD.fingerprint = NEW.fingerprint THEN RETURN NULL; END IF;\n    END IF;\n    INSERT INTO wrapups_failuregroup (organization_id, fingerprint, status, reason, error_code, media_type,\n                                      state, because, first_seen_at, last_seen_at, reopen_count)\n    SELECT NEW.organization_id, NEW.fingerprint, NEW.status, NEW.reason, NEW.error_code, NEW.media_type,\n           'open', '', app_now(), app_now(), 0\n     WHERE NOT EXISTS (SELECT FROM wrapups_failuregroup g\n                        WHERE g.organization_id = NEW.organization_id AND g.fingerprint = NEW.fingerprint)\n        ON CONFLICT DO NOTHING;\n    SELECT g.id, g.state, g.last_seen_at INTO of_cause\n      FROM wrapups_failuregroup g\n     WHERE g.organization_id = NEW.organization_id AND g.fingerprint = NEW.fingerprint;\n    IF of_cause.state = 'resolved' THEN\n        PERFORM FROM wrapups_failuregroup WHERE id = of_cause.id AND state = 'resolved' FOR NO KEY UPDATE;\n        IF FOUND THEN\n            present_act := COALESCE(current_setting('wrapups.act', true), '');\n            INSERT INTO wrapups_act (organization_id, verb, reason, origin, at)\n            VALUES (NEW.organization_id, 're-open a failure group', 'It returned after it was resolved.', '', app_now())\n            RETURNING id INTO own_act;\n            PERFORM set_config('wrapups.act', own_act::text, true);\n            UPDATE wrapups_failuregroup\n               SET state = 'open', because = '', reopened_at = app_now(), reopen_count = reopen_count + 1,\n                   last_seen_at = app_now()\n             WHERE id = of_cause.id;\n            PERFORM set_config('wrapups.act', present_act, true);\n        END IF;\n    ELSIF of_cause.last_seen_at < app_now() - interval '1 minute' THEN\n        UPDATE wrapups_failuregroup SET last_seen_at = app_now()\n         WHERE id IN (SELECT g.id FROM wrapups_failuregroup g WHERE g.id = of_cause.id\n                         FOR NO KEY UPDATE SKIP LOCKED);\n    END IF;\n    RETURN NULL;\n",
                    hash="9f7c889ddb001c331fdbf5519ff95b9d948dca39",
                    operation='INSERT OR UPDATE OF "status", "fingerprint"',
                    pgid="pgtrigger_grouped_e9bec",
                    table="wrapups_assignment",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="failuregroup",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
            ),
        ),
        migrations.AddField(
            model_name="failuregroup",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="failuregroup",
            name="triaged_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="failuregroup",
            index=models.Index(fields=["organization", "-last_seen_at", "-id"], name="failure_group_latest"),
        ),
        migrations.AddIndex(
            model_name="failuregroup",
            index=models.Index(fields=["organization", "state", "-last_seen_at", "-id"], name="failure_group_by_state"),
        ),
        migrations.AddConstraint(
            model_name="failuregroup",
            constraint=models.UniqueConstraint(fields=("organization", "fingerprint"), name="failure_group_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="failuregroup",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['last_seen_at']::text[]); RETURN NULL;",
                    hash="684c0a0f6ba97416ad6bac2aa10e84a553396a27",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_97607",
                    table="wrapups_failuregroup",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(GROUPS_OF_WHAT_WAITS, migrations.RunSQL.noop, elidable=True),
    ]
