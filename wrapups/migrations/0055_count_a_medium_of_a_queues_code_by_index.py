"""How many of a queue had a code is counted by the index alone for one medium, too: by a new one, then the old one goes."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others go on writing

    dependencies = [
        ("wrapups", "0054_keep_what_was_said_of_a_failure"),
    ]

    operations = [
        # An index built beside others waits for every transaction that is older, however long that takes.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        # What a build that was broken off has left is of no use, and is in the way of the next.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS search_by_queue_and_code", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("verified", "conflict", "overridden", "failed", "skipped", "cancelled", "superseded"),
                    )
                ),
                fields=["organization", "queue_id", "wrapup_code", "status", "-ended_at", "-id"],
                include=("media_type",),
                name="search_by_queue_and_code",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="search_by_queue_code",
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
