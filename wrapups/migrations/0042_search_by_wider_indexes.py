import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # each index is built while others go on writing

    dependencies = [
        ("wrapups", "0041_copy_what_is_found_by"),
    ]

    operations = [
        # An index built beside others waits for every transaction that is older, however long that takes.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="assignment_failures",
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="assignment_newest",
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="search_by_queue",
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="search_by_agent",
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="search_by_code",
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="search_by_rule",
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="search_by_words",
        ),
        RemoveIndexConcurrently(
            model_name="assignment",
            name="search_by_said",
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("status__in", ["failed", "conflict"])),
                fields=["organization", "fingerprint", "-id"],
                include=("status", "reason", "updated_at", "ended_at"),
                name="failures_by_cause",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("verified", "conflict", "overridden", "failed", "skipped", "cancelled", "superseded"),
                    )
                ),
                fields=["organization", "queue_id", "status", "-ended_at", "-id"],
                include=("media_type", "found_kind", "agreement"),
                name="search_by_queue",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("verified", "conflict", "overridden", "failed", "skipped", "cancelled", "superseded"),
                    )
                ),
                fields=["organization", "agent_id", "status", "-ended_at", "-id"],
                include=("queue_id", "media_type"),
                name="search_by_agent",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("verified", "conflict", "overridden", "failed", "skipped", "cancelled", "superseded"),
                    )
                ),
                fields=["organization", "wrapup_code", "status", "-ended_at", "-id"],
                include=("media_type", "agreement"),
                name="search_by_code",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("verified", "conflict", "overridden", "failed", "skipped", "cancelled", "superseded"),
                    )
                ),
                fields=["organization", "rule_identity", "status", "-ended_at", "-id"],
                include=("agreement", "reason"),
                name="search_by_rule",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("verified", "conflict", "overridden", "failed", "skipped", "cancelled", "superseded"),
                    )
                ),
                fields=["organization", "found_kind", "status", "-ended_at", "-id"],
                name="search_by_found",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("verified", "conflict", "overridden", "failed", "skipped", "cancelled", "superseded"),
                    )
                ),
                fields=["organization", "agreement", "status", "-ended_at", "-id"],
                name="search_by_agreement",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                fields=["organization", "-ended_at", "-id"], include=("status", "found_kind"), name="search_newest"
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("status__in", ("verified", "skipped")), ("words__isnull", False)),
                fastupdate=False,
                fields=["words"],
                name="search_by_words",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(
                    ("status__in", ["conflict", "overridden", "failed", "cancelled", "superseded"]),
                    ("words__isnull", False),
                ),
                fastupdate=False,
                fields=["words"],
                name="search_words_few",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("status__in", ("verified", "skipped"))),
                fastupdate=False,
                fields=["said"],
                name="search_by_said",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("status__in", ["conflict", "overridden", "failed", "cancelled", "superseded"])),
                fastupdate=False,
                fields=["said"],
                name="search_said_few",
            ),
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
