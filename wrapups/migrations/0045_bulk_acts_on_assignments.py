"""People act on assignments that they found: several such acts may be open at once, unlike those that follow from a
release. What is frozen knows how often a row had been sent again by then.
"""

from django.db import migrations, models

OPEN = ["freezing", "ready", "running"]


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0044_show_signs_of_life"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="bulkact",
            name="bulk_act_one_open_of_kind",
        ),
        migrations.AddField(
            model_name="bulkact",
            name="address",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="The address of the list that found its rows; empty: they were ticked.",
            ),
        ),
        migrations.AddField(
            model_name="bulkactrow",
            name="epoch",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="How often a person had sent it again when the set was frozen.",
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
                ],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="bulkact",
            index=models.Index(
                condition=models.Q(("state__in", OPEN)), fields=["organization", "id"], name="bulk_act_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["put_back", "decide_again"]), ("state__in", OPEN)),
                fields=("organization", "kind"),
                name="bulk_act_one_open_of_kind",
            ),
        ),
    ]
