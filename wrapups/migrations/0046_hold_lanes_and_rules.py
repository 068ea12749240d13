"""People pause lanes and rules, and calls are counted by what they are for."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
import wrapups.models.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0045_bulk_acts_on_assignments"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("write", "write a code"),
                            ("read", "look before or after a write"),
                            ("verify", "read codes back"),
                            ("discover", "look for ended conversations"),
                            ("refresh", "read again what was not ready"),
                            ("background", "catch up, back-fills, predictions"),
                            ("catalogue", "copy the catalogue"),
                            ("watch", "see what people changed since"),
                            ("other", "checks, probes, notifications"),
                        ],
                        max_length=12,
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(help_text="Of the stretch within its day.")),
                ("begins_at", models.DateTimeField()),
                ("calls", models.PositiveIntegerField()),
                (
                    "longest_wait_s",
                    models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        help_text="Of the assignments that were taken for it: how long one had been due.",
                    ),
                ),
            ],
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="WorkHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "lane",
                    models.CharField(
                        blank=True, choices=[("fresh", "fresh"), ("retry", "retry"), ("bulk", "bulk")], max_length=8
                    ),
                ),
                ("rule_identity", models.UUIDField(help_text="The rule, whatever release it decided in.", null=True)),
                ("held_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                ("reason", models.CharField(max_length=300)),
            ],
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="callbudget",
            name="audited",
        ),
        migrations.AddField(
            model_name="callbudget",
            name="held_lanes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=8), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="callbudget",
            name="held_rules",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), db_default=[], default=list, help_text="Their identities.", size=None
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="callbudget",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['tokens', 'tokens_at', 'wait_until', 'recent_calls', 'held_lanes', 'held_rules']::text[]); RETURN NULL;",
                    hash="b79711edc1a9ab0ac1f188433d15cba39f1855a1",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_d262e",
                    table="wrapups_callbudget",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="calltally",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
            ),
        ),
        migrations.AddField(
            model_name="workhold",
            name="held_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="workhold",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
            ),
        ),
        migrations.AddConstraint(
            model_name="calltally",
            constraint=models.UniqueConstraint(fields=("organization", "use", "place"), name="call_tally_once"),
        ),
        migrations.AddConstraint(
            model_name="workhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lane", ""), ("rule_identity__isnull", False)),
                    models.Q(models.Q(("lane", ""), _negated=True), ("rule_identity", None)),
                    _connector="OR",
                ),
                name="hold_of_a_lane_or_a_rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="workhold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lane", ""), _negated=True),
                fields=("organization", "lane"),
                name="hold_once_per_lane",
            ),
        ),
        migrations.AddConstraint(
            model_name="workhold",
            constraint=models.UniqueConstraint(fields=("organization", "rule_identity"), name="hold_once_per_rule"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workhold",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY[]::text[]); RETURN NULL;",
                    hash="e6ba947797ad9379f89bbb380441388537f9003d",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_cee99",
                    table="wrapups_workhold",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workhold",
            trigger=pgtrigger.compiler.Trigger(
                name="said_to_workers",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    UPDATE wrapups_callbudget\n       SET held_lanes = CASE WHEN NEW.lane <> '' THEN array_append(held_lanes, NEW.lane)\n                             WHEN OLD.lane <> '' THEN array_remove(held_lanes, OLD.lane) ELSE held_lanes END,\n           held_rules = CASE WHEN NEW.rule_identity IS NOT NULL THEN array_append(held_rules, NEW.rule_identity)\n                             WHEN OLD.rule_identity IS NOT NULL THEN array_remove(held_rules, OLD.rule_identity)\n                             ELSE held_rules END\n     WHERE organization_id = COALESCE(NEW.organization_id, OLD.organization_id);\n    RETURN NULL;\n",
                    hash="028db85702c6eb2e3434dad335e1ba85fbdc4fa5",
                    operation="INSERT OR DELETE",
                    pgid="pgtrigger_said_to_workers_ce236",
                    table="wrapups_workhold",
                    when="AFTER",
                ),
            ),
        ),
    ]
