"""A code that a person has put on a queue in Genesys Cloud: asked for, sent once, read back."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
import wrapups.models.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0051_read_groups_of_failures_by_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddedCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "to be sent"),
                            ("sent", "sent, to be read back"),
                            ("done", "on the queue"),
                            ("failed", "not on the queue"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                ("lease_until", models.DateTimeField(null=True)),
                (
                    "reads",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="How often the queue was read and did not show it."
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("http_status", models.PositiveSmallIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, help_text="Genesys' own code.", max_length=96)),
                ("correlation_id", models.CharField(blank=True, max_length=96)),
                ("asked_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.queue"
                    ),
                ),
                (
                    "wrapup_code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.wrapupcode"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["asked", "sent"])),
                        fields=["organization", "due_at"],
                        name="added_code_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "sent"])),
                        fields=("queue", "wrapup_code"),
                        name="added_code_one_open",
                    )
                ],
            },
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="addedcode",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['due_at', 'lease_until', 'reads']::text[]); RETURN NULL;",
                    hash="5ef69c48ea951b1bf2b42589c34f06f5be477c02",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_a99f4",
                    table="wrapups_addedcode",
                    when="AFTER",
                ),
            ),
        ),
    ]
