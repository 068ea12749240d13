"""The audit and the acts can only grow: UPDATE, DELETE and TRUNCATE are refused, whoever asks.

Plain SQL and not declared with pgtrigger, since what is declared there can be ignored for a block of code.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION wrapups_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
"""

TABLES = ("wrapups_auditentry", "wrapups_act")


def protect(table: str) -> migrations.RunSQL:
    """Return the operation that makes one table append-only."""
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION wrapups_append_only();"
        f"CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION wrapups_append_only();",
        f"DROP TRIGGER append_only_rows ON {table}; DROP TRIGGER append_only_table ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("wrapups", "0002_initial")]
    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION wrapups_append_only()"),
        *(protect(table) for table in TABLES),
    ]
