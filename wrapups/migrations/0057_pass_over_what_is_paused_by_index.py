"""What a paused rule keeps is passed over in the index: the rows themselves need not be read for it."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others go on writing

    dependencies = [
        ("wrapups", "0056_find_what_failed_lately"),
    ]

    operations = [
        # An index built beside others waits for every transaction that is older, however long that takes.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        # What a build that was broken off has left is of no use, and is in the way of the next.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS assignment_to_take", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("status__in", ["pending", "unknown"])),
                fields=["organization", "lane", "due_at", "id"],
                include=("status", "rule_identity"),
                name="assignment_to_take",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="assignment_due",
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
