"""People are told when something needs them: where, of what, each event and how each telling went."""

from datetime import time
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
import wrapups.models.alerts
import wrapups.models.clock
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0047_sum_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertChannel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[("email", "e-mail"), ("slack", "Slack"), ("webhook", "webhook")], max_length=8
                    ),
                ),
                (
                    "addresses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254), default=list, help_text="Of e-mail.", size=None
                    ),
                ),
                ("key", models.CharField(help_text="Its secret is sealed for this.", max_length=32, unique=True)),
                ("secret_sealed", models.TextField(blank=True, help_text="Slack's address: whoever has it can post.")),
                ("host", models.CharField(blank=True, help_text="What of that address may be shown.", max_length=253)),
                (
                    "conditions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), help_text="What it is told of.", size=None
                    ),
                ),
                ("quiet_from", models.TimeField(null=True)),
                ("quiet_until", models.TimeField(null=True)),
                (
                    "quiet_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, help_text="0 is Monday.", size=None
                    ),
                ),
                ("muted_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="AlertDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(choices=[("raised", "alert"), ("over", "over"), ("test", "test")], max_length=8),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sent", "sent"),
                            ("given_up", "given up"),
                            ("cancelled", "not sent"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("due_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                (
                    "give_up_at",
                    models.DateTimeField(help_text="Counted from the first try: quiet hours may be long.", null=True),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                (
                    "fence",
                    models.PositiveIntegerField(
                        default=0, help_text="Raised by each claim; an old one finishes nothing."
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "crashes",
                    models.PositiveSmallIntegerField(default=0, help_text="Tries whose worker never came back."),
                ),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="AlertEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "condition",
                    models.CharField(
                        choices=[
                            ("silent", "silent"),
                            ("overdue", "overdue"),
                            ("failures", "failures"),
                            ("failed_share", "failed_share"),
                            ("failure_group", "failure_group"),
                            ("too_late", "too_late"),
                            ("breaker", "breaker"),
                            ("held", "held"),
                            ("refused", "refused"),
                            ("no_events", "no_events"),
                            ("catalogue", "catalogue"),
                            ("webhook_held", "webhook_held"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "subject",
                    models.CharField(blank=True, help_text="The row it is about, or which process.", max_length=64),
                ),
                ("opened_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                (
                    "over_since",
                    models.DateTimeField(help_text="Not found to stand since then; over when it stays so.", null=True),
                ),
                ("finished_at", models.DateTimeField(help_text="When it was over.", null=True)),
                ("urgent", models.BooleanField(default=False)),
                ("facts", models.JSONField(default=dict, help_text="The figures as they were when it was seen.")),
            ],
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "condition",
                    models.CharField(
                        choices=[
                            ("silent", "silent"),
                            ("overdue", "overdue"),
                            ("failures", "failures"),
                            ("failed_share", "failed_share"),
                            ("failure_group", "failure_group"),
                            ("too_late", "too_late"),
                            ("breaker", "breaker"),
                            ("held", "held"),
                            ("refused", "refused"),
                            ("no_events", "no_events"),
                            ("catalogue", "catalogue"),
                            ("webhook_held", "webhook_held"),
                        ],
                        max_length=16,
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("urgent", models.BooleanField(default=False, help_text="Told in quiet hours, too.")),
                ("threshold", models.PositiveIntegerField(null=True)),
                (
                    "work_from",
                    models.TimeField(default=time(8, 0), help_text="Of the silence of event sources."),
                ),
                ("work_until", models.TimeField(default=time(18, 0))),
                (
                    "work_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=wrapups.models.alerts.working_days,
                        help_text="0 is Monday.",
                        size=None,
                    ),
                ),
            ],
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterField(
            model_name="sweep",
            name="kind",
            field=models.CharField(
                choices=[
                    ("discover", "Discover"),
                    ("refresh", "Refresh"),
                    ("verify", "Verify"),
                    ("catalogue", "Catalogue"),
                    ("watch", "Watch"),
                    ("reconcile", "Reconcile"),
                    ("check", "Check"),
                    ("catch_up", "Catch Up"),
                    ("tally", "Tally"),
                    ("publish", "Publish"),
                    ("tidy", "Tidy"),
                    ("predict", "Predict"),
                    ("alert", "Alert"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="alertchannel",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
            ),
        ),
        migrations.AddField(
            model_name="alertchannel",
            name="subscription",
            field=models.ForeignKey(
                help_text="The webhook that is told.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="wrapups.subscription",
            ),
        ),
        migrations.AddField(
            model_name="alertdelivery",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="wrapups.alertchannel"
            ),
        ),
        migrations.AddField(
            model_name="alertdelivery",
            name="notice",
            field=models.ForeignKey(
                help_text="Of a webhook, which goes its way.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wrapups.notice",
            ),
        ),
        migrations.AddField(
            model_name="alertdelivery",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
            ),
        ),
        migrations.AddField(
            model_name="alertevent",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
            ),
        ),
        migrations.AddField(
            model_name="alertdelivery",
            name="event",
            field=models.ForeignKey(
                help_text="Empty: a test.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="wrapups.alertevent",
            ),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
            ),
        ),
        migrations.AddConstraint(
            model_name="alertchannel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("organization", "name"),
                name="alert_channel_name_once",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertchannel",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['secret_sealed']::text[]); RETURN NULL;",
                    hash="b73c988a99acb6610ca42c6445529b74245d09d4",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_667f6",
                    table="wrapups_alertchannel",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="alertevent",
            index=models.Index(fields=["organization", "-id"], name="alert_event_newest"),
        ),
        migrations.AddConstraint(
            model_name="alertevent",
            constraint=models.UniqueConstraint(
                fields=("organization", "condition", "subject", "opened_at"), name="alert_event_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="alertevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)),
                fields=("organization", "condition", "subject"),
                name="alert_event_open_once",
            ),
        ),
        migrations.AddIndex(
            model_name="alertdelivery",
            index=models.Index(fields=["organization", "-id"], name="alert_delivery_newest"),
        ),
        migrations.AddIndex(
            model_name="alertdelivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["organization", "due_at"], name="alert_delivery_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="alertdelivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("event__isnull", False)),
                fields=("channel", "event", "what"),
                name="alert_told_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.UniqueConstraint(fields=("organization", "condition"), name="alert_rule_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertrule",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY[]::text[]); RETURN NULL;",
                    hash="ca4c9a92776bba55ee1a6c2fc201c5eeebe19374",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_30edf",
                    table="wrapups_alertrule",
                    when="AFTER",
                ),
            ),
        ),
    ]
