from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0042_search_by_wider_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="prediction_tries",
            field=models.SmallIntegerField(
                db_default=0,
                default=0,
                help_text="How often asking what Copilot predicted failed for this conversation.",
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="prediction_due_at",
            field=models.DateTimeField(help_text="Not asked again before then.", null=True),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="predictions",
            field=models.JSONField(
                help_text="Codes that Copilot predicted; empty: none; null: never answered.", null=True
            ),
        ),
    ]
