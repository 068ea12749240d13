from django.db import migrations, models

import wrapups.models.clock


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0043_put_off_predictions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("worker", "Worker"), ("pump", "Pump")], max_length=16)),
                ("host", models.CharField(max_length=64)),
                ("pid", models.PositiveIntegerField()),
                ("beat_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "host", "pid"), name="heartbeat_once")],
            },
        ),
    ]
