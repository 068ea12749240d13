"""What to do where the trouble lies in the conversation, its code or ourselves: a block for each class."""

from collections.abc import Mapping

from wrapups.domain.advice_parts import Advice, Fix, Place, Who
from wrapups.domain.failure_classes import FailureClass

F = FailureClass

SEEN_TO = "Nothing: it is seen to."
BY_ITSELF = "Nothing: it is looked at again, and written to when that is over."

OF_CONVERSATIONS: Mapping[FailureClass, Advice] = {
    F.CODE_GONE: Advice(
        "The wrap-up code that the rule chooses does not exist any more in Genesys Cloud.",
        "Choose another code in the rule and publish, then look again: what failed is decided anew. Or correct this one"
        " by hand.",
        Who.ADMIN,
        (Fix.CHOOSE_CODE, Fix.LOOK_AGAIN, Fix.CORRECT, Fix.READ_CATALOGUE, Fix.CANCEL),
    ),
    F.CODE_NOT_ON_QUEUE: Advice(
        "The wrap-up code that the rule chooses is not among those of the conversation's queue.",
        "Add the code to the queue, or choose another one in the rule and publish. Then look again.",
        Who.ADMIN,
        (Fix.ADD_CODE, Fix.CHOOSE_CODE, Fix.LOOK_AGAIN, Fix.CORRECT, Fix.CANCEL),
        (Place.QUEUE,),
    ),
    F.CONVERSATION_GONE: Advice(
        "Genesys Cloud does not have the conversation any more: it is too old, or was deleted.",
        "No code can be given to it. Cancel it, so that it does not stand in the way. If young ones fail like this,"
        " look whether region and client are those of the right organization.",
        Who.SUPERVISOR,
        (Fix.CANCEL,),
        (Place.INTERACTION,),
    ),
    F.PARTICIPANT_GONE: Advice(
        "The conversation is there without this part of it: it was transferred or merged after we had seen it.",
        "Look again: the conversation is read anew, and each part it has now is decided. Cancel what is left over.",
        Who.OPS,
        (Fix.LOOK_AGAIN, Fix.CANCEL),
        (Place.INTERACTION,),
    ),
    F.NEVER_APPLIED: Advice(
        "Genesys Cloud accepted the code, twice, and it never appeared on the conversation.",
        "See in Genesys whether the code is there. Where it is missing, send it again; if many fail like this, probe"
        " the medium.",
        Who.SUPERVISOR,
        (Fix.RETRY, Fix.PROBE, Fix.CANCEL),
        (Place.INTERACTION,),
    ),
    F.AGENT_WAS_FIRST: Advice(
        "The agent had chosen a code before we came, and what a person chose is kept.",
        SEEN_TO + " Where another code is right, correct it by hand.",
        Who.NOBODY,
        (Fix.CORRECT,),
    ),
    F.AGENT_MEANWHILE: Advice(
        "A person chose another code between our look and our write. It is theirs, and stays.",
        "See which of the two is right. Keep theirs and cancel, put ours in its place, or correct it by hand.",
        Who.SUPERVISOR,
        (Fix.INSIST, Fix.CORRECT, Fix.CANCEL),
        (Place.INTERACTION,),
    ),
    F.TIMED_OUT_CODE: Advice(
        "After-call work ran out and Genesys Cloud filled in a code of its own. It counts as none, but the policy says"
        " that whatever stands there stays.",
        "Nothing, unless such codes are to be replaced: that is a policy.",
        Who.ADMIN,
        (Fix.POLICIES, Fix.CORRECT),
    ),
    F.ACW_PENDING: Advice(
        "The agent is still in after-call work. A code from us would end it.",
        BY_ITSELF,
        Who.NOBODY,
    ),
    F.DRAFT: Advice(
        "The agent has begun a wrap-up and not saved it. A draft counts as no code, and its notes are left alone.",
        BY_ITSELF,
        Who.NOBODY,
    ),
    F.NO_AGENT: Advice(
        "No agent took part: it was abandoned, or a bot or a voicemail dealt with it. There is nothing to wrap up.",
        SEEN_TO,
        Who.NOBODY,
    ),
    F.SEVERAL_LEGS: Advice(
        "Several agents took part, and by the policy another one's part gets the code.",
        "Nothing, unless every part, or another one, is to get a code: that is a policy.",
        Who.ADMIN,
        (Fix.POLICIES, Fix.CORRECT),
    ),
    F.NEVER_CONNECTED: Advice(
        "The agent was rung and never answered, so there is nothing to wrap up.",
        "Nothing to write. Where it failed all the same, cancel it.",
        Who.SUPERVISOR,
        (Fix.CANCEL,),
    ),
    F.LISTENING_IN: Advice("The person was only listening in, so there is nothing to wrap up.", SEEN_TO, Who.NOBODY),
    F.NO_QUEUE: Advice(
        "No queue was involved, as in a direct call between colleagues. Genesys Cloud need not take a code there.",
        "Leave conversations without a queue out, by the policy. Cancel what failed.",
        Who.ADMIN,
        (Fix.POLICIES, Fix.CANCEL),
    ),
    F.PARKED: Advice(
        "The e-mail or message is parked with the agent: it has not ended.",
        "Nothing: it is decided when it ends.",
        Who.NOBODY,
    ),
    F.NO_WRAPUP_MEDIUM: Advice("Genesys Cloud has no wrap-up for this medium.", SEEN_TO, Who.NOBODY),
    F.CAMPAIGN: Advice(
        "It belongs to a campaign. Its first code lets the dialler act on the contact, once and for good, so it is left"
        " alone.",
        "Nothing, unless codes are to be given to campaigns' calls as well: that is a policy.",
        Who.ADMIN,
        (Fix.POLICIES,),
    ),
    F.HEARD_TWICE: Advice(
        "Genesys Cloud told us of it twice, or late. It is decided once.",
        SEEN_TO,
        Who.NOBODY,
    ),
    F.NOT_HEARD: Advice(
        "Genesys Cloud did not tell us of everything: a channel was full, or closed for a while.",
        "Nothing: what was missed is found by looking, within the day. For an older stretch, let the past be decided.",
        Who.NOBODY,
        (Fix.BACKFILL,),
    ),
    F.ANALYTICS_LAG: Advice(
        "Genesys Cloud accepted the code, and its analytics do not show it yet.",
        "Nothing: it is read again, and by another way if that takes too long.",
        Who.NOBODY,
    ),
    F.WORKER_DIED: Advice(
        "Three workers ended while they worked on this one, so it is kept away from the others.",
        "See in the workers' logs what ended them at the times of the attempts, then send it again. If it ends another"
        " one, report it.",
        Who.IT,
        (Fix.RETRY, Fix.CANCEL),
    ),
    F.OUR_BUG: Advice(
        "Our own code broke on this one, three times, so it is kept away from the others.",
        "Report it with the time of an attempt: the workers' logs have the rest. Send it again with the next version.",
        Who.MAKERS,
        (Fix.RETRY, Fix.CORRECT, Fix.CANCEL),
    ),
    F.NO_RULE: Advice(
        "No rule matched, so nothing is written.",
        "Nothing, unless one should have: then make a rule, or try the rules on it to see what was missing.",
        Who.ADMIN,
        (Fix.NEW_RULE, Fix.CORRECT),
    ),
    F.ALREADY_CODED: Advice("It has the right code already.", SEEN_TO, Who.NOBODY),
    F.SHADOW: Advice(
        "The release that decided it is in shadow mode: it decides and records, and writes nothing.",
        "Nothing, until a release that writes is published.",
        Who.ADMIN,
    ),
    F.UNKNOWN: Advice(
        "This failure is not known to us yet, so we cannot say what it means.",
        "Read Genesys' own words and the attempts, and see the conversation in Genesys. Send it again once. If it fails"
        " the same way, report it: its code, its status and the correlation id say enough, and no customer's details"
        " are needed.",
        Who.OPS,
        (Fix.RETRY, Fix.CORRECT, Fix.CANCEL),
        (Place.INTERACTION, Place.STATUS),
    ),
}
