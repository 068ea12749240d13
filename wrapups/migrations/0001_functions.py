"""The database's clock, and the one function behind every audit trigger.

`app_now()` is `now()` plus a session setting that only tests set, so that they can move time.
`wrapups_audit` writes one entry per changed row, with the changed columns only; who acts comes from session
settings that end with the transaction (`wrapups.services.auditing`), else the process is named.
"""

from django.db import migrations

APP_NOW = """
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT now() + COALESCE(NULLIF(current_setting('wrapups.clock_offset', true), ''), '0')::interval
$$;
"""

AUDIT = """
CREATE FUNCTION wrapups_audit(of_table text, operation text, old_row jsonb, new_row jsonb, leave_out text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := old_row - leave_out;
    is_now jsonb := new_row - leave_out;
    whole jsonb := COALESCE(new_row, old_row);
    act bigint := NULLIF(current_setting('wrapups.act', true), '')::bigint;
    actor text := NULLIF(current_setting('wrapups.actor', true), '');
BEGIN
    IF operation = 'UPDATE' THEN
        SELECT jsonb_object_agg(key, value) INTO was FROM jsonb_each(old_row - leave_out)
         WHERE value IS DISTINCT FROM new_row -> key;
        SELECT jsonb_object_agg(key, value) INTO is_now FROM jsonb_each(new_row - leave_out)
         WHERE value IS DISTINCT FROM old_row -> key;
        IF is_now IS NULL THEN RETURN; END IF;
    END IF;
    INSERT INTO wrapups_auditentry (at, organization_id, act_id, actor, "table", "row", operation, before, after)
    VALUES (
        app_now(),
        CASE of_table WHEN 'wrapups_organization' THEN (whole ->> 'id')::bigint ELSE (whole ->> 'organization_id')::bigint END,
        act,
        COALESCE(actor, 'system:' || current_setting('application_name')),
        of_table,
        COALESCE(whole ->> 'id', whole ->> 'organization_id'),
        lower(operation),
        was,
        is_now
    );
END $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.RunSQL(APP_NOW, "DROP FUNCTION app_now()"),
        migrations.RunSQL(AUDIT, "DROP FUNCTION wrapups_audit(text, text, jsonb, jsonb, text[])"),
    ]
