"""What groups of failures show is read from the index alone: queues and rules too."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # each index is built while others go on writing

    dependencies = [
        ("wrapups", "0050_group_failures"),
    ]

    operations = [
        # An index built beside others waits for every transaction that is older, however long that takes.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        # What a build that was broken off has left is of no use, and is in the way of the next.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS failures_by_group", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("status__in", ["failed", "conflict"])),
                fields=["organization", "fingerprint", "-id"],
                include=("status", "finished_at", "ended_at", "queue_id", "rule_identity"),
                name="failures_by_group",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="failures_by_cause",
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
