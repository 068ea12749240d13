"""An upload knows how many lines it has of each outcome, and by which act it is taken in."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0016_acts_of_programs"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="upload",
            name="audited",
        ),
        migrations.AddField(
            model_name="upload",
            name="act",
            field=models.ForeignKey(
                help_text="By which somebody had it taken in.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="wrapups.act",
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="counted",
            field=models.JSONField(
                default=dict, help_text="How many lines there are of each outcome, and of known ids."
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="upload",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['lease_until', 'counted']::text[]); RETURN NULL;",
                    hash="dfa24c4057a3c265d2711dc00736531338c39723",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_42d04",
                    table="wrapups_upload",
                    when="AFTER",
                ),
            ),
        ),
    ]
