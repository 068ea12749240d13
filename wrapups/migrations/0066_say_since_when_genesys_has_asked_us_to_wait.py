"""Since when Genesys has asked us to wait, so that somebody is told when it lasts."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0065_supersede_what_was_corrected"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="callbudget",
            name="audited",
        ),
        migrations.AddField(
            model_name="callbudget",
            name="told_to_wait_at",
            field=models.DateTimeField(help_text="It has asked so, again and again, since then.", null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callbudget",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['tokens', 'tokens_at', 'wait_until', 'told_to_wait_at', 'recent_calls', 'held_lanes', 'held_rules']::text[]); RETURN NULL;",
                    hash="eba24809a41cd880fee25ccb10963f5af1e3e891",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_d262e",
                    table="wrapups_callbudget",
                    when="AFTER",
                ),
            ),
        ),
    ]
