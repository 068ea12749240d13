"""Reports over many days read sums by fewer columns. Days that were counted before are summed here."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

SUM_DAYS = """
    INSERT INTO wrapups_daysum
           (organization_id, day, by, queue_id, found, status, wrapup_code_id, rule_identity, agreement, count)
    SELECT organization_id, day,
           CASE GROUPING(queue_id, status, wrapup_code_id)
                WHEN 5 THEN 'status' WHEN 6 THEN 'code' WHEN 7 THEN 'rule'
                WHEN 1 THEN 'queue_status' WHEN 2 THEN 'queue_code'
           END,
           coalesce(queue_id, ''), coalesce(found, ''), coalesce(status, ''), wrapup_code_id, rule_identity,
           coalesce(agreement, ''), sum(count)
      FROM wrapups_decisiontally
     WHERE source = ''
     GROUP BY organization_id, day,
              GROUPING SETS ((found, status), (wrapup_code_id), (rule_identity, agreement),
                             (queue_id, found, status), (queue_id, wrapup_code_id))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0046_hold_lanes_and_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="DaySum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("status", "what was found, and status"),
                            ("code", "the code wanted"),
                            ("rule", "rule and what the agent had chosen"),
                            ("queue_status", "queue, what was found, and status"),
                            ("queue_code", "queue and the code wanted"),
                        ],
                        max_length=16,
                    ),
                ),
                ("queue_id", models.CharField(blank=True, max_length=64)),
                ("rule_identity", models.UUIDField(null=True)),
                ("agreement", models.CharField(blank=True, max_length=8)),
                ("status", models.CharField(blank=True, max_length=16)),
                ("found", models.CharField(blank=True, max_length=8)),
                ("count", models.PositiveIntegerField()),
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
                    "wrapup_code",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wrapups.wrapupcode",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "by", "day"], name="day_sum_by")],
            },
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        migrations.RunSQL(SUM_DAYS, migrations.RunSQL.noop, elidable=True),
    ]
