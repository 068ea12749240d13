"""Who holds an assignment that waits for a person, and acts that hand many of them over."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
import wrapups.models.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0057_pass_over_what_is_paused_by_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="bulkact",
            name="hands_to",
            field=models.ForeignKey(
                db_index=False,
                help_text="Whom its rows are handed to; empty: nobody, or it hands nothing over.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="bulkact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("put_back", "put the earlier codes back"),
                    ("decide_again", "decide again what was not sent"),
                    ("retry", "retry"),
                    ("cancel", "cancel"),
                    ("redecide", "decide again by the rules in force"),
                    ("hand_over", "hand to a person"),
                ],
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "assignment",
                    models.OneToOneField(
                        db_column="id",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="handover",
                        serialize=False,
                        to="wrapups.assignment",
                    ),
                ),
                (
                    "note",
                    models.CharField(blank=True, help_text="What was said when it was handed over.", max_length=300),
                ),
                ("handed_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                (
                    "handed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wrapups.organization",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "owner", "assignment"], name="handover_of_owner")],
            },
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="handover",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY[]::text[]); RETURN NULL;",
                    hash="85adaa780eb063dc322be03087c10fa8ab588660",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_614b5",
                    table="wrapups_handover",
                    when="AFTER",
                ),
            ),
        ),
    ]
