"""A group of failures that is open returns too, once nothing of it had waited any more."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0061_say_by_index_how_long_work_waits"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="assignment",
            name="grouped",
        ),
        migrations.AlterField(
            model_name="failuregroup",
            name="reopened_at",
            field=models.DateTimeField(
                help_text="When it last returned after it was resolved, or after nothing of it had waited any more.",
                null=True,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="grouped",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"status\" IN ('conflict', 'failed'))",
                    declare="DECLARE of_cause record; own_act bigint; present_act text; sent_again boolean := false;",
                    func="\n    IF TG_OP = 'UPDATE' THEN\n        IF OLD.status = NEW.status AND OLD.fingerprint = NEW.fingerprint THEN RETURN NULL; END IF;\n        sent_again := NEW.retry_epoch > 0 AND OLD.fingerprint = NEW.fingerprint;\n    END IF;\n    INSERT INTO wrapups_failuregroup (organization_id, fingerprint, status, reason, error_code, media_type,\n                                      state, because, first_seen_at, last_seen_at, reopen_count)\n    SELECT NEW.organization_id, NEW.fingerprint, NEW.status, NEW.reason, NEW.error_code, NEW.media_type,\n           'open', '', app_now(), app_now(), 0\n     WHERE NOT EXISTS (SELECT FROM wrapups_failuregroup g\n                        WHERE g.organization_id = NEW.organization_id AND g.fingerprint = NEW.fingerprint)\n        ON CONFLICT DO NOTHING;\n    SELECT g.id, (g.state = 'resolved' OR (\n        (g.state IN ('open', 'acknowledged') OR g.state = 'snoozed' AND g.snoozed_until <= app_now())\n        AND NOT sent_again\n        AND g.first_seen_at <> app_now() AND g.reopened_at IS DISTINCT FROM app_now()\n        AND NOT EXISTS (SELECT FROM wrapups_assignment a\n                         WHERE a.organization_id = NEW.organization_id AND a.fingerprint = NEW.fingerprint\n                           AND a.status IN ('failed', 'conflict') AND a.id <> NEW.id\n                           AND a.finished_at IS DISTINCT FROM app_now()))) AS returns, g.last_seen_at INTO of_cause\n      FROM wrapups_failuregroup g\n     WHERE g.organization_id = NEW.organization_id AND g.fingerprint = NEW.fingerprint;\n    IF of_cause.returns THEN\n        PERFORM FROM wrapups_failuregroup WHERE id = of_cause.id FOR NO KEY UPDATE;\n        PERFORM FROM wrapups_failuregroup g WHERE g.id = of_cause.id AND (g.state = 'resolved' OR (\n        (g.state IN ('open', 'acknowledged') OR g.state = 'snoozed' AND g.snoozed_until <= app_now())\n        AND NOT sent_again\n        AND g.first_seen_at <> app_now() AND g.reopened_at IS DISTINCT FROM app_now()\n        AND NOT EXISTS (SELECT FROM wrapups_assignment a\n                         WHERE a.organization_id = NEW.organization_id AND a.fingerprint = NEW.fingerprint\n                           AND a.status IN ('failed', 'conflict') AND a.id <> NEW.id\n                           AND a.finished_at IS DISTINCT FROM app_now())));\n        IF FOUND THEN\n            present_act := COALESCE(current_setting('wrapups.act', true), '');\n            INSERT INTO wrapups_act (organization_id, verb, reason, origin, at)\n            VALUES (NEW.organization_id, 're-open a failure group', 'It returned after it was over.', '', app_now())\n            RETURNING id INTO own_act;\n            PERFORM set_config('wrapups.act', own_act::text, true);\n            UPDATE wrapups_failuregroup\n               SET state = 'open', reopened_at = app_now(), reopen_count = reopen_count + 1,\n                   last_seen_at = app_now()\n             WHERE id = of_cause.id;\n            PERFORM set_config('wrapups.act', present_act, true);\n        END IF;\n    ELSIF of_cause.last_seen_at < app_now() - interval '1 minute' THEN\n        UPDATE wrapups_failuregroup SET last_seen_at = app_now()\n         WHERE id IN (SELECT g.id FROM wrapups_failuregroup g WHERE g.id = of_cause.id\n                         FOR NO KEY UPDATE SKIP LOCKED);\n    END IF;\n    RETURN NULL;\n",
                    hash="2de1d2bfbcbccf78654f8a762690b22c32a42539",
                    operation='INSERT OR UPDATE OF "status", "fingerprint"',
                    pgid="pgtrigger_grouped_e9bec",
                    table="wrapups_assignment",
                    when="AFTER",
                ),
            ),
        ),
    ]
