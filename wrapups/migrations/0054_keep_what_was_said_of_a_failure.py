"""A group that returns still says what was said when it was resolved."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0053_say_when_copies_change"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="assignment",
            name="grouped",
        ),
        migrations.AlterField(
            model_name="failuregroup",
            name="because",
            field=models.CharField(
                blank=True, db_default="", help_text="What was said when it was last triaged.", max_length=300
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="grouped",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"status\" IN ('conflict', 'failed'))",
                    declare="DECLARE of_cause record; own_act bigint; present_act text;",
                    func="\n    IF TG_OP = 'UPDATE' THEN\n        IF OLD.status = NEW.status AND OLD.fingerprint = NEW.fingerprint THEN RETURN NULL; END IF;\n    END IF;\n    INSERT INTO wrapups_failuregroup (organization_id, fingerprint, status, reason, error_code, media_type,\n                                      state, because, first_seen_at, last_seen_at, reopen_count)\n    SELECT NEW.organization_id, NEW.fingerprint, NEW.status, NEW.reason, NEW.error_code, NEW.media_type,\n           'open', '', app_now(), app_now(), 0\n     WHERE NOT EXISTS (SELECT FROM wrapups_failuregroup g\n                        WHERE g.organization_id = NEW.organization_id AND g.fingerprint = NEW.fingerprint)\n        ON CONFLICT DO NOTHING;\n    SELECT g.id, g.state, g.last_seen_at INTO of_cause\n      FROM wrapups_failuregroup g\n     WHERE g.organization_id = NEW.organization_id AND g.fingerprint = NEW.fingerprint;\n    IF of_cause.state = 'resolved' THEN\n        PERFORM FROM wrapups_failuregroup WHERE id = of_cause.id AND state = 'resolved' FOR NO KEY UPDATE;\n        IF FOUND THEN\n            present_act := COALESCE(current_setting('wrapups.act', true), '');\n            INSERT INTO wrapups_act (organization_id, verb, reason, origin, at)\n            VALUES (NEW.organization_id, 're-open a failure group', 'It returned after it was resolved.', '', app_now())\n            RETURNING id INTO own_act;\n            PERFORM set_config('wrapups.act', own_act::text, true);\n            UPDATE wrapups_failuregroup\n               SET state = 'open', reopened_at = app_now(), reopen_count = reopen_count + 1,\n                   last_seen_at = app_now()\n             WHERE id = of_cause.id;\n            PERFORM set_config('wrapups.act', present_act, true);\n        END IF;\n    ELSIF of_cause.last_seen_at < app_now() - interval '1 minute' THEN\n        UPDATE wrapups_failuregroup SET last_seen_at = app_now()\n         WHERE id IN (SELECT g.id FROM wrapups_failuregroup g WHERE g.id = of_cause.id\n                         FOR NO KEY UPDATE SKIP LOCKED);\n    END IF;\n    RETURN NULL;\n",
                    hash="dd2b5550196021725d6b0b5ef3df4ad9ac1fa8de",
                    operation='INSERT OR UPDATE OF "status", "fingerprint"',
                    pgid="pgtrigger_grouped_e9bec",
                    table="wrapups_assignment",
                    when="AFTER",
                ),
            ),
        ),
    ]
