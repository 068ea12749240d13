"""How long work waits is read from an index alone, however much of it a paused rule keeps."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others go on writing

    dependencies = [
        ("wrapups", "0060_list_alerts_of_one_condition_by_index"),
    ]

    operations = [
        # An index built beside others waits for every transaction that is older, however long that takes.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        # What a build that was broken off has left is of no use, and is in the way of the next.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS assignment_waiting", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("status__in", ["pending", "unknown"])),
                fields=["organization", "lane", "due_at", "id"],
                include=("status", "rule_identity", "created_at"),
                name="assignment_waiting",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="assignment_to_take",
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
