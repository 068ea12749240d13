"""The outbox: what is to be told is written down in the very transaction in which it happens, by a trigger.

A trigger sees every move, bulk ones and hand-written SQL too, as the audit does. Where nobody subscribes it costs a
look into an empty table, and no statement of ours.
"""

import pgtrigger

from wrapups.domain.notices import EVENTS

_FUNC = """
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status = NEW.status THEN RETURN NULL; END IF;
        status_before := OLD.status;
    END IF;
    INSERT INTO wrapups_notice (organization_id, subscription_id, assignment_id, event, event_id, payload,
                                state, fence, tries, http_status, problem)
    SELECT NEW.organization_id, s.id, NEW.id, NEW.status, gen_random_uuid()::text,
           facts.told, 'waiting', 0, 0, 0, ''
      FROM wrapups_subscription s,
           LATERAL (
               SELECT jsonb_build_object(
                          'occurred_at', to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                          'organization_id', o.genesys_id,
                          'conversation_id', v.conversation_id,
                          'communication_id', c.communication_id,
                          'media_type', c.media_type,
                          'ended_at', to_char(c.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                          'assignment', jsonb_build_object(
                              'id', NEW.id, 'status', NEW.status, 'status_before', status_before,
                              'reason', NEW.reason, 'retried', NEW.retry_epoch),
                          'wrapup_code', CASE WHEN w.id IS NULL THEN NULL
                                         ELSE jsonb_build_object('id', w.genesys_id, 'name', w.name) END
                      ) AS told
                 FROM wrapups_organization o
                 JOIN wrapups_communication c ON c.id = NEW.communication_id
                 JOIN wrapups_conversation v ON v.id = c.conversation_id
                 LEFT JOIN wrapups_wrapupcode w ON w.id = NEW.wrapup_code_id
                WHERE o.id = NEW.organization_id
           ) AS facts
     WHERE s.organization_id = NEW.organization_id AND s.removed_at IS NULL AND s.events @> ARRAY[NEW.status];
    RETURN NULL;
"""


def told_of() -> pgtrigger.Trigger:
    """Return the trigger that writes a notice for each subscription that wants to hear of a new status."""
    return pgtrigger.Trigger(
        name="told_of",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Q(new__status__in=[event.value for event in EVENTS]),
        declare=[("status_before", "text")],
        func=_FUNC,
    )
