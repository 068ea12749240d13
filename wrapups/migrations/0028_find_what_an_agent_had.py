from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0027_bound_what_is_set_apart_and_read_large_files"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="communication",
            index=models.Index(fields=["organization", "agent_id", "-ended_at"], name="communication_by_agent"),
        ),
    ]
