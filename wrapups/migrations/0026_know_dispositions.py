"""Which dispositions the rules know is kept beside each, and dispositions are found by their code."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0025_put_a_release_back"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="dispositionseen",
            name="audited",
        ),
        migrations.AddField(
            model_name="dispositionseen",
            name="known",
            field=models.BooleanField(
                help_text="Whether a rule in force, or of the draft, asks for it; empty: not judged yet.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="decisiontally",
            name="source",
            field=models.CharField(
                blank=True, help_text="Who said the disposition; empty: counted whatever was said.", max_length=64
            ),
        ),
        migrations.AddIndex(
            model_name="disposition",
            index=models.Index(fields=["organization", "code", "-id"], name="disposition_by_code"),
        ),
        migrations.AddIndex(
            model_name="dispositionseen",
            index=models.Index(
                condition=models.Q(("dismissed_at", None), ("known", False)),
                fields=["organization", "-last_said_at", "-id"],
                name="disposition_inbox",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dispositionseen",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['count', 'first_said_at', 'last_said_at', 'known']::text[]); RETURN NULL;",
                    hash="fcb6417d1b16137350b93d805ef60259256a927c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_8aa34",
                    table="wrapups_dispositionseen",
                    when="AFTER",
                ),
            ),
        ),
    ]
