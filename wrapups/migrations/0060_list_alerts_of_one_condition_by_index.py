"""Past alerts of one condition are listed by an index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others go on writing

    dependencies = [
        ("wrapups", "0059_show_signs_of_listeners"),
    ]

    operations = [
        # An index built beside others waits for every transaction that is older, however long that takes.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        # What a build that was broken off has left is of no use, and is in the way of the next.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS alert_event_of_condition", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="alertevent",
            index=models.Index(fields=["organization", "condition", "-id"], name="alert_event_of_condition"),
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
