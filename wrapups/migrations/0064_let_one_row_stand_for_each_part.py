"""A correction stands alone for the part it corrects: what it was found with, which rule, and whether that agrees."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("wrapups", "0063_say_when_it_failed_that_was_decided_to_fail"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="assignment",
            name="assignment_moves",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="assignment",
            name="copied",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="assignment",
            name="judged",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="assignment",
            name="judged_again",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="copied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE leg record;",
                    func="\n    SELECT c.organization_id, c.queue_id, c.agent_id, c.media_type, c.code_notes, v.conversation_id\n      INTO leg\n      FROM wrapups_communication c JOIN wrapups_conversation v ON v.id = c.conversation_id\n     WHERE c.id = NEW.communication_id;\n    NEW.queue_id := leg.queue_id;\n    NEW.agent_id := leg.agent_id;\n    NEW.media_type := leg.media_type;\n    IF NEW.corrects_id IS NULL THEN\n        NEW.rule_identity := NULL;\n    END IF;\n    IF NEW.rule_id IS NOT NULL THEN\n        SELECT identity INTO NEW.rule_identity FROM wrapups_mappingrule WHERE id = NEW.rule_id;\n    END IF;\n    SELECT COALESCE(array_agg(DISTINCT name), ARRAY[]::varchar[]) INTO NEW.said\n      FROM wrapups_disposition d,\n           unnest(ARRAY[d.source || E'\\n', E'\\n' || d.code, d.source || E'\\n' || d.code]) AS name\n     WHERE d.organization_id = leg.organization_id AND d.conversation_id = leg.conversation_id;\n    -- 'noteends' takes a place between two notes, so that no phrase reaches from one into the next, and is left out.\n    -- PostgreSQL refuses what comes to a megabyte of words: the first 20,000 characters are searched.\n    SELECT ts_delete(to_tsvector('simple', left(string_agg(note, ' noteends ' ORDER BY place, note), 20000)),\n                     'noteends')\n      INTO NEW.words\n      FROM (SELECT note, min(place) AS place\n              FROM (VALUES (NEW.notes::text, 1), (leg.code_notes, 2)\n                    UNION ALL\n                    SELECT d.notes, 3 FROM wrapups_disposition d\n                     WHERE NEW.said <> '{}' AND d.organization_id = leg.organization_id\n                       AND d.conversation_id = leg.conversation_id) AS every (note, place)\n             WHERE note <> '' GROUP BY note) AS notes;\n    RETURN NEW;\n",
                    hash="4bf66e94a2ca7510d60c9cfa45063a6cba09e0ad",
                    operation='INSERT OR UPDATE OF "communication_id", "rule_id", "notes"',
                    pgid="pgtrigger_copied_c1b4f",
                    table="wrapups_assignment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="judged",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE wanted text; before record;",
                    func="\n    NEW.found_kind := CASE WHEN NEW.found_code_id = '' THEN 'none'\n                           WHEN starts_with(NEW.found_code_id, 'ININ-') THEN 'system' ELSE 'chosen' END;\n    IF NEW.wrapup_code_id IS NOT NULL THEN\n        SELECT genesys_id INTO wanted FROM wrapups_wrapupcode WHERE id = NEW.wrapup_code_id;\n    END IF;\n    NEW.agreement := CASE\n        WHEN NEW.corrects_id IS NOT NULL THEN 'none'\n        WHEN NEW.status = 'overridden' THEN 'other'\n        WHEN wanted IS NULL THEN 'none'\n        WHEN NEW.found_kind <> 'chosen' THEN 'none'\n        WHEN NEW.found_code_id = wanted THEN 'same' ELSE 'other' END;\n    IF NEW.corrects_id IS NOT NULL THEN\n        -- Of what it corrects, and what that had corrected: the first we wrote, and what a rule chose.\n        WITH RECURSIVE replaced (corrects_id, generation, written_at, at_first, rule_id, identity, reason, code_id) AS (\n            SELECT corrects_id, generation, written_at, found_kind, rule_id, rule_identity, reason, wrapup_code_id\n              FROM wrapups_assignment WHERE id = NEW.corrects_id\n            UNION ALL\n            SELECT a.corrects_id, a.generation, a.written_at, a.found_kind, a.rule_id, a.rule_identity, a.reason,\n                   a.wrapup_code_id\n              FROM wrapups_assignment a JOIN replaced ON a.id = replaced.corrects_id\n        ), chosen AS (\n            SELECT identity, w.genesys_id AS code FROM replaced JOIN wrapups_wrapupcode w ON w.id = code_id\n             WHERE rule_id IS NOT NULL AND reason <> 'no_rule'\n        )\n        SELECT (SELECT at_first FROM replaced WHERE written_at IS NOT NULL ORDER BY generation LIMIT 1) AS at_first,\n               (SELECT identity FROM chosen) AS identity, (SELECT code FROM chosen) AS code\n          INTO before;\n        NEW.found_kind := COALESCE(before.at_first, NEW.found_kind);\n        NEW.rule_identity := NULL;\n        IF NEW.status NOT IN ('pending', 'sending', 'unknown') THEN\n            NEW.rule_identity := before.identity;\n            NEW.agreement := CASE\n                WHEN before.code IS NULL THEN 'none'\n                WHEN NEW.status = 'overridden' THEN 'other'\n                WHEN before.code = wanted THEN 'same' ELSE 'other' END;\n        END IF;\n    END IF;\n    RETURN NEW;\n",
                    hash="4669a5d16ca233591f39b83a3071cfc9441c1601",
                    operation='INSERT OR UPDATE OF "status", "found_code_id", "wrapup_code_id", "corrects_id"',
                    pgid="pgtrigger_judged_f7255",
                    table="wrapups_assignment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="assignment_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{pending:cancelled,pending:conflict,pending:failed,pending:sending,pending:skipped,pending:superseded,sending:applied,sending:conflict,sending:failed,sending:overridden,sending:pending,sending:skipped,sending:unknown,sending:verified,unknown:failed,unknown:sending,applied:unknown,applied:verified,verified:overridden,verified:superseded,conflict:cancelled,conflict:superseded,failed:cancelled,failed:pending,failed:superseded,failed:unknown,skipped:superseded,overridden:superseded,cancelled:superseded}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="facad945f30877fc3145e14661808c5cdd0e4b08",
                    operation="UPDATE",
                    pgid="pgtrigger_assignment_moves_d2ee1",
                    table="wrapups_assignment",
                    when="BEFORE",
                ),
            ),
        ),
    ]
