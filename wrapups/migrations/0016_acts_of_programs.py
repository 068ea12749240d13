"""An act may be a program's, known by its key."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0015_look_at_what_events_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="act",
            name="api_key",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.apikey"
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="actor",
            field=models.CharField(
                help_text="'person:7', 'key:3', or the process: 'system:drain host/123'.", max_length=128
            ),
        ),
        migrations.AlterField(
            model_name="idempotentanswer",
            name="answer",
            field=models.JSONField(),
        ),
        migrations.AlterField(
            model_name="idempotentanswer",
            name="status",
            field=models.PositiveSmallIntegerField(help_text="The HTTP status of the answer."),
        ),
    ]
