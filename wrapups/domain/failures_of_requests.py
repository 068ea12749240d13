"""What to do where a request is refused, nobody answers, or the client is not let in: a block for each class."""

from collections.abc import Mapping

from wrapups.domain.advice_parts import Advice, Fix, Place, Who
from wrapups.domain.failure_classes import FailureClass

F = FailureClass

REPORT = "Report it with the correlation id of the attempt; sending it again changes nothing."
BY_ITSELF = "Nothing: it waits and goes on by itself."

OF_REQUESTS: Mapping[FailureClass, Advice] = {
    F.EMPTY_CODE: Advice(
        "Genesys Cloud got no wrap-up code in the request, which we never send without one.",
        REPORT,
        Who.MAKERS,
        (Fix.CORRECT, Fix.CANCEL),
    ),
    F.WRONG_SHAPE: Advice(
        "Genesys Cloud did not accept the request as it was, and does not say which part of it.",
        "Where a code was just deleted or taken off its queue, it is refused like this: read the catalogue, and this"
        " page says so. Otherwise see in Genesys whether the conversation is still as we know it, and look again once;"
        " if it is refused the same way, report it with the correlation id of the attempt.",
        Who.OPS,
        (Fix.READ_CATALOGUE, Fix.LOOK_AGAIN, Fix.CORRECT, Fix.CANCEL),
        (Place.INTERACTION,),
    ),
    F.BAD_DATE: Advice("Genesys Cloud did not accept a date in the request.", REPORT, Who.MAKERS, (Fix.CANCEL,)),
    F.BAD_ID: Advice(
        "One of the ids that were sent is none: a name, or a code of Genesys' own such as ININ-WRAP-UP-TIMEOUT.",
        "Read the catalogue again, and choose the code anew in the rule. If it comes back, report it.",
        Who.ADMIN,
        (Fix.CHOOSE_CODE, Fix.READ_CATALOGUE, Fix.CANCEL),
    ),
    F.NO_USER_CONTEXT: Advice(
        "On this medium the write path we use wants an agent's own login, and ours is an OAuth client's.",
        "Probe a conversation of this medium: the probe finds the write path that takes our client, and it is used from"
        " then on. Then send this one again.",
        Who.ADMIN,
        (Fix.PROBE, Fix.RETRY, Fix.CANCEL),
    ),
    F.TOKEN_REFUSED: Advice(
        "Genesys Cloud refused our login twice in a row, so all calls are held and nothing is lost.",
        "See in Genesys whether the OAuth client is still active. Give us its present secret, then let the calls go"
        " on.",
        Who.GENESYS_ADMIN,
        (Fix.CHANGE_CLIENT, Fix.RESUME),
        (Place.OAUTH,),
    ),
    F.ADDRESS_REFUSED: Advice(
        "Genesys Cloud lets nobody in from the internet address that our calls come from.",
        "Put our address on the organization's list of allowed addresses in Genesys, then let the calls go on.",
        Who.GENESYS_ADMIN,
        (Fix.RESUME,),
    ),
    F.CLIENT_REFUSED: Advice(
        "Genesys Cloud does not know this OAuth client, or its secret is another one: it was renewed, or belongs to"
        " another region.",
        "Compare region and client id with Genesys, give us the present secret, then let the calls go on.",
        Who.GENESYS_ADMIN,
        (Fix.CHANGE_CLIENT, Fix.RESUME),
        (Place.OAUTH,),
    ),
    F.LOGIN_THROTTLED: Advice(
        "Genesys Cloud's login was asked too often in a minute.",
        BY_ITSELF + " If it stays so, something else uses the same OAuth client: give us one of our own.",
        Who.NOBODY,
    ),
    F.PERMISSION_MISSING: Advice(
        "The role of our OAuth client lacks a permission, so all calls are held and nothing is lost.",
        "Add the permission that is named to the client's role in Genesys, then let the calls go on.",
        Who.GENESYS_ADMIN,
        (Fix.CHECK_CLIENT, Fix.RESUME),
        (Place.ROLES, Place.OAUTH),
    ),
    F.DIVISION_MISSING: Advice(
        "Our OAuth client may not touch this conversation: its role does not hold in the conversation's division.",
        "Grant the client's role in that division in Genesys, then send these again. Other divisions go on meanwhile.",
        Who.GENESYS_ADMIN,
        (Fix.CHECK_CLIENT, Fix.RETRY, Fix.CANCEL),
        (Place.OAUTH, Place.ROLES),
    ),
    F.MORE_THAN_A_WRAPUP: Advice(
        "Genesys Cloud took the request for more than a wrap-up, such as hanging up a call that is over.",
        "Probe the medium, so that another write path is used. " + REPORT,
        Who.MAKERS,
        (Fix.PROBE, Fix.CORRECT, Fix.CANCEL),
    ),
    F.NOT_A_PARTICIPANT: Advice(
        "On this write path Genesys Cloud takes a code only from whoever takes part in the conversation.",
        "Probe a conversation of this medium: the probe finds the write path that takes our client. On an old"
        " conversation it may also mean that it is too late.",
        Who.ADMIN,
        (Fix.PROBE, Fix.RETRY, Fix.CANCEL),
        (Place.INTERACTION,),
    ),
    F.WRONG_MEDIUM: Advice(
        "Genesys Cloud does not find this part of the conversation among its callbacks; a callback has a call as well.",
        "Look again: both parts are read anew, and each is written to where it belongs.",
        Who.OPS,
        (Fix.LOOK_AGAIN, Fix.CANCEL),
        (Place.INTERACTION,),
    ),
    F.LEGACY_CHAT: Advice(
        "Genesys Cloud has taken its old web chat away, and with it the address by which a code was given to one.",
        "It cannot be mended from here: cancel it. Chats of the new kind come as messages.",
        Who.SUPERVISOR,
        (Fix.CANCEL,),
        (Place.INTERACTION,),
    ),
    F.CONFLICT: Advice(
        "The conversation changed in the same moment, several times over: its agent saved, or after-call work ended.",
        "See in Genesys which code it has. Where none is right, send ours again.",
        Who.SUPERVISOR,
        (Fix.RETRY, Fix.CORRECT, Fix.CANCEL),
        (Place.INTERACTION,),
    ),
    F.SECOND_WRITE_REFUSED: Advice(
        "It has a code already, and a probe has seen Genesys Cloud refuse a second one on this medium.",
        "Leave it as it is and cancel, or change the code in Genesys by hand.",
        Who.SUPERVISOR,
        (Fix.CANCEL,),
        (Place.INTERACTION,),
    ),
    F.CLIENT_TIMEOUT: Advice(
        "Genesys Cloud waited too long for our request to arrive.",
        BY_ITSELF + " If it comes often, the line to Genesys is too slow.",
        Who.NOBODY,
    ),
    F.TOO_LARGE: Advice(
        "The request was larger than Genesys Cloud takes; in ours only the notes can be long.",
        "Make the rule's notes shorter and publish, then send it again.",
        Who.ADMIN,
        (Fix.CHANGE_NOTES, Fix.RETRY, Fix.CANCEL),
    ),
    F.WRONG_CONTENT_TYPE: Advice(
        "Genesys Cloud did not take the request for JSON, which something on the way must have changed.",
        "See whether a proxy between us and Genesys rewrites requests, then send it again. If none does, report it.",
        Who.IT,
        (Fix.RETRY, Fix.CANCEL),
    ),
    F.THROTTLED_FOR_A_TIME: Advice(
        "Genesys Cloud asked for quiet and said for how long. It costs no try and loses nothing.",
        BY_ITSELF + " If it comes daily, allow fewer calls a minute among the policies.",
        Who.NOBODY,
        (Fix.POLICIES,),
    ),
    F.THROTTLED: Advice(
        "Genesys Cloud asked for quiet without saying for how long. It costs no try and loses nothing.",
        BY_ITSELF + " If it comes daily, another program shares our client, or we are allowed too many calls a minute.",
        Who.NOBODY,
        (Fix.POLICIES,),
    ),
    F.SERVER_ERROR: Advice(
        "Genesys Cloud had trouble of its own. The code may have arrived all the same, so it is read before it is sent"
        " again.",
        BY_ITSELF + " If it lasts, give Genesys' support the correlation id.",
        Who.NOBODY,
        places=(Place.STATUS,),
    ),
    F.GATEWAY_ERROR: Advice(
        "Something in front of Genesys Cloud answered in its place: its edge, or a proxy of ours.",
        BY_ITSELF + " If it lasts, see which of the two it is.",
        Who.NOBODY,
        places=(Place.STATUS,),
    ),
    F.UNAVAILABLE: Advice(
        "Genesys Cloud is not available: overloaded, or under maintenance.",
        BY_ITSELF,
        Who.NOBODY,
        places=(Place.STATUS,),
    ),
    F.SERVER_TIMEOUT: Advice(
        "Genesys Cloud took too long to answer. The code may have arrived all the same, so it is read first.",
        BY_ITSELF,
        Who.NOBODY,
        places=(Place.STATUS,),
    ),
    F.CUT_OFF: Advice(
        "The connection broke before the answer was whole. The code may have arrived all the same: it is read first.",
        BY_ITSELF + " If it comes often, something on the way to Genesys cuts connections.",
        Who.NOBODY,
        places=(Place.STATUS,),
    ),
    F.SILENCE: Advice(
        "Genesys Cloud took the request and did not answer in all the time a call may take. It is read first.",
        BY_ITSELF + " If it lasts, see whether a firewall swallows the answers.",
        Who.NOBODY,
        places=(Place.STATUS,),
    ),
    F.UNREACHABLE: Advice(
        "Nothing left this machine: Genesys' name was not found, the connection or its certificate was refused.",
        "See whether the workers' machine reaches Genesys: name resolution, firewall, proxy, certificates. Then send"
        " it again; no code was written.",
        Who.IT,
        (Fix.RETRY, Fix.CANCEL),
        (Place.STATUS,),
    ),
    F.UNREADABLE: Advice(
        "Genesys Cloud's answer makes no sense to us: it is newer than we know, or was changed on the way.",
        BY_ITSELF + " If it lasts, report it with the correlation id of the attempt.",
        Who.NOBODY,
    ),
    F.QUERY_TOO_WIDE: Advice(
        "We asked Genesys Cloud for more at once than it gives: a longer time, or more pages.",
        "Nothing: it is asked for in shorter stretches. If it lasts, report it.",
        Who.NOBODY,
    ),
    F.JOB_EXPIRED: Advice(
        "What Genesys Cloud had gathered for us was no longer there when we came for it.",
        "Nothing: it is gathered again. A back-fill that was given up can be begun anew.",
        Who.NOBODY,
        (Fix.BACKFILL,),
    ),
    F.CATALOGUE_INCOMPLETE: Advice(
        "A list of codes or queues came incomplete: it changed while it was read, or a division is hidden from us.",
        "Nothing is called gone by it. Read the catalogue again; if it stays so, look which divisions our client sees.",
        Who.OPS,
        (Fix.READ_CATALOGUE, Fix.CHECK_CLIENT),
    ),
    F.DUPLICATE_NAME: Advice(
        "A wrap-up code of this name is there already. We create none, so another program met this.",
        "Choose the code that is there. Rules keep a code's id, so a changed name breaks none.",
        Who.ADMIN,
        (Fix.CHOOSE_CODE,),
    ),
    F.API_REMOVED: Advice(
        "Genesys Cloud has taken away the address by which a code is given on this medium.",
        "Probe the medium: another write path may be left. If none is, cancel these and leave the medium out of rules.",
        Who.ADMIN,
        (Fix.PROBE, Fix.CANCEL),
    ),
}
