"""A listener's source says when it last heard anything, and a source's latest events have an index.

The new index begins with the source, so the foreign key's own is dropped: an event is written to no more indexes than
before.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0017_count_the_lines_of_uploads"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="eventsource",
            name="audited",
        ),
        migrations.AddField(
            model_name="eventsource",
            name="heard_at",
            field=models.DateTimeField(
                help_text="When its listener last heard anything, if only a heartbeat.", null=True
            ),
        ),
        migrations.AddField(
            model_name="eventsource",
            name="trouble",
            field=models.CharField(
                blank=True, db_default="", help_text="What keeps its listener from hearing now.", max_length=300
            ),
        ),
        migrations.AddIndex(
            model_name="inboundevent",
            index=models.Index(fields=["source", "received_at"], name="inbound_latest"),
        ),
        migrations.AlterField(
            model_name="inboundevent",
            name="source",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="wrapups.eventsource",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventsource",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['secret_sealed', 'old_secret_sealed', 'last_event_at', 'heard_at', 'trouble', 'refused', 'last_refused_at', 'last_refusal']::text[]); RETURN NULL;",
                    hash="6d36f8fe72bace351cc7a084f30ffb37144d08d1",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_c5c18",
                    table="wrapups_eventsource",
                    when="AFTER",
                ),
            ),
        ),
    ]
