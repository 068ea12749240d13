"""Acts are found by what was done, and the verbs that there are, by an index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others go on writing

    dependencies = [
        ("wrapups", "0066_say_since_when_genesys_has_asked_us_to_wait"),
    ]

    operations = [
        # An index built beside others waits for every transaction that is older, however long that takes.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        # What a build that was broken off has left is of no use, and is in the way of the next.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS act_by_verb", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="act",
            index=models.Index(fields=["organization", "verb", "-id"], name="act_by_verb"),
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
