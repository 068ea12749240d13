"""Listeners show signs of life as workers and pumps do. Nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0058_hand_over_to_a_person"),
    ]

    operations = [
        migrations.AlterField(
            model_name="heartbeat",
            name="kind",
            field=models.CharField(
                choices=[("worker", "Worker"), ("pump", "Pump"), ("listener", "Listener")], max_length=16
            ),
        ),
    ]
