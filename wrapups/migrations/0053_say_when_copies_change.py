"""What is copied anew into an assignment changes it, and says so. Exports know which queues their person saw.

Pieces of a workbook are rows of its sheet from now on: what is half written is begun anew.
"""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


BEGIN_WORKBOOKS_ANEW = """
    DELETE FROM wrapups_exportpiece piece USING wrapups_export export
     WHERE export.id = piece.export_id AND export.state = 'running' AND export.format = 'xlsx';
    UPDATE wrapups_export SET cursor = '', done = 0, read_all = false, lease_until = NULL
     WHERE state = 'running' AND format = 'xlsx';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0052_put_codes_on_queues"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="communication",
            name="copied_again",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="disposition",
            name="copied_again",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="export",
            name="audited",
        ),
        migrations.AddField(
            model_name="export",
            name="queue_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64),
                help_text="The queues whose conversations the person saw when they asked; empty: those of every queue.",
                null=True,
                size=None,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="communication",
            trigger=pgtrigger.compiler.Trigger(
                name="copied_again",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."agent_id" IS DISTINCT FROM (NEW."agent_id") OR OLD."code_notes" IS DISTINCT FROM (NEW."code_notes") OR OLD."media_type" IS DISTINCT FROM (NEW."media_type") OR OLD."queue_id" IS DISTINCT FROM (NEW."queue_id"))',
                    func="\n    UPDATE wrapups_assignment SET communication_id = communication_id, updated_at = app_now()\n     WHERE communication_id IN (NEW.id);\n    RETURN NULL;\n",
                    hash="456ce6432c918311629269f880f8bd52d22f9f93",
                    operation='UPDATE OF "queue_id", "agent_id", "media_type", "code_notes"',
                    pgid="pgtrigger_copied_again_5c6a2",
                    table="wrapups_communication",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="disposition",
            trigger=pgtrigger.compiler.Trigger(
                name="copied_again",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    UPDATE wrapups_assignment SET communication_id = communication_id, updated_at = app_now()\n     WHERE communication_id IN (\n            SELECT c.id FROM wrapups_communication c JOIN wrapups_conversation v ON v.id = c.conversation_id\n             WHERE v.organization_id = COALESCE(NEW.organization_id, OLD.organization_id)\n               AND v.conversation_id = COALESCE(NEW.conversation_id, OLD.conversation_id)\n        );\n    RETURN NULL;\n",
                    hash="1c8d629de25fd88d5e1383fad0af19f3d6de6fc7",
                    operation='INSERT OR UPDATE OF "source", "code", "notes" OR DELETE',
                    pgid="pgtrigger_copied_again_d52a7",
                    table="wrapups_disposition",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="export",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['queue_ids', 'cursor', 'read_all', 'done', 'total', 'failures', 'due_at', 'lease_until']::text[]); RETURN NULL;",
                    hash="bb4bb10b31eac157e0a19421c8560478f464b79c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_9f85a",
                    table="wrapups_export",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(BEGIN_WORKBOOKS_ANEW, BEGIN_WORKBOOKS_ANEW, elidable=True),
    ]
