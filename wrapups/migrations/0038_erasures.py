"""Erasures, and the one narrow way in which what is append-only may change: while one runs, its own transactions may put
"erased" in place of values of the audit, and of an act's reason. Each such change leaves an entry of its own. What they
change elsewhere is audited without what was there before.
"""

from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
import wrapups.models.clock
from django.conf import settings
from django.db import migrations, models


REFUSE = import_module("wrapups.migrations.0003_append_only").REFUSE
AUDIT_BEFORE = import_module("wrapups.migrations.0001_functions").AUDIT
AGAIN = "CREATE OR REPLACE FUNCTION"

ONLY_ERASED = """
CREATE FUNCTION wrapups_only_erased(was jsonb, is_now jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT was IS NOT DISTINCT FROM is_now
        OR (jsonb_typeof(was) = 'string' AND jsonb_typeof(is_now) = 'string' AND is_now::text LIKE '%erased%')
        OR (jsonb_typeof(was) = 'object' AND jsonb_typeof(is_now) = 'object'
            AND (SELECT COALESCE(bool_and(o.value IS NOT DISTINCT FROM n.value OR n.value::text LIKE '%erased%'), true)
                        AND count(o.key) = count(*) AND count(n.key) = count(*)
                   FROM jsonb_each(was) o FULL JOIN jsonb_each(is_now) n USING (key)))
$$;
"""

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION wrapups_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erasure bigint := NULLIF(current_setting('wrapups.erasure', true), '')::bigint;
    may_be_erased text[] := CASE TG_TABLE_NAME WHEN 'wrapups_act' THEN ARRAY['reason'] ELSE ARRAY['before', 'after'] END;
    was jsonb;
    is_now jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND erasure IS NOT NULL THEN
        was := to_jsonb(OLD);
        is_now := to_jsonb(NEW);
        IF was - may_be_erased = is_now - may_be_erased
           AND (SELECT bool_and(wrapups_only_erased(was -> name, is_now -> name)) FROM unnest(may_be_erased) AS name)
           AND EXISTS (SELECT FROM wrapups_erasure
                        WHERE id = erasure AND state = 'running' AND organization_id = OLD.organization_id) THEN
            INSERT INTO wrapups_auditentry (at, organization_id, act_id, actor, "table", "row", operation, before, after)
            SELECT app_now(), OLD.organization_id, act_id, 'system:' || current_setting('application_name'),
                   TG_TABLE_NAME, OLD.id::text, 'redact', NULL, jsonb_build_object('erasure', erasure)
              FROM wrapups_erasure WHERE id = erasure;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
"""

_TOLD = """    INSERT INTO wrapups_auditentry"""
_TOLD_WITHOUT = """    IF NULLIF(current_setting('wrapups.erasure', true), '') IS NOT NULL THEN
        SELECT jsonb_object_agg(key, 'erased') INTO was FROM jsonb_each(was);
    END IF;
    INSERT INTO wrapups_auditentry"""
AUDIT = AUDIT_BEFORE.replace(_TOLD, _TOLD_WITHOUT)


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0037_let_every_organization_ask_predictions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shown", models.CharField(help_text="What identifies the customer, masked.", max_length=300)),
                (
                    "sealed",
                    models.TextField(
                        blank=True, help_text="What identifies the customer; empty as soon as it is over."
                    ),
                ),
                (
                    "digests",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        default=list,
                        help_text="Of each identifier, keyed.",
                        size=None,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("finding", "being found"),
                            ("ready", "waiting for your word"),
                            ("running", "being erased"),
                            ("done", "erased"),
                            ("cancelled", "cancelled"),
                            ("failed", "failed"),
                        ],
                        default="finding",
                        max_length=12,
                    ),
                ),
                (
                    "table",
                    models.CharField(
                        blank=True, help_text="The table that is gone through; empty: the first.", max_length=64
                    ),
                ),
                (
                    "after",
                    models.BigIntegerField(
                        default=0, help_text="The key of the last row of it that has been looked at."
                    ),
                ),
                ("conversations", models.PositiveIntegerField(default=0, help_text="Conversations found.")),
                ("found", models.JSONField(default=dict, help_text="Table -> rows in which the customer was found.")),
                ("erased", models.JSONField(default=dict, help_text="Table -> rows in which something was erased.")),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("due_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                ("lease_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=wrapups.models.clock.AppNow())),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "act",
                    models.ForeignKey(
                        help_text="By which somebody had it done.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wrapups.act",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wrapups.organization"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "-id"], name="erasure_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["finding", "ready", "running"])),
                        fields=("organization",),
                        name="erasure_one_open",
                    )
                ],
            },
            managers=[
                ("everywhere", django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="erasure",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW), ARRAY['sealed', 'digests', 'table', 'after', 'found', 'erased', 'failures', 'due_at', 'lease_until']::text[]); RETURN NULL;",
                    hash="2e14338520577947753884f29caf51a7558509aa",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_cf2a8",
                    table="wrapups_erasure",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(ONLY_ERASED, "DROP FUNCTION wrapups_only_erased(jsonb, jsonb)"),
        migrations.RunSQL(APPEND_ONLY, REFUSE.replace("CREATE FUNCTION", AGAIN)),
        migrations.RunSQL(*(sql.replace("CREATE FUNCTION", AGAIN) for sql in (AUDIT, AUDIT_BEFORE))),
    ]
