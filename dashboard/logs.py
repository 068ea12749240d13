"""How every process logs: one line a record, as JSON or for people, with nothing in it that opens a door.

Code logs with the standard library, `logging.getLogger(__name__)`; structlog formats what comes out.
"""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "[hidden]"
# `Authorization: Bearer abc`, `client_secret=abc`, `"password": "abc"`: the name stays, the value goes.
SECRETS = re.compile(
    r"""(?ix)
    ( \b (?: bearer | basic ) \s+
    | \b wu_[0-9a-f]{12}_
    | \b (?: access_token | client_secret | password | passwd | secret | token | authorization | cookie )
      ["']? \s* [:=] \s* ["']? (?! bearer | basic )
    )
    [^\s"',;&}]+
    """
)


def logging_settings(*, level: str, form: str) -> dict[str, Any]:
    """Return Django's LOGGING for a level (`INFO`, ...) and a form, `json` or `text`."""
    renderers: dict[str, list[Processor]] = {
        "json": [structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer()],
        "text": [structlog.processors.format_exc_info, hide_secrets, structlog.dev.ConsoleRenderer(colors=False)],
    }
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers[form]],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django's own set-up would send errors to e-mail and, without DEBUG, nothing to the console.
        "loggers": {
            **{name: {"handlers": [], "propagate": True} for name in ("django", "django.server")},
            # It names every address that it posts to, and Slack's are secrets.
            "urllib3.connectionpool": {"level": "INFO"},
        },
    }


def hide_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace the value of anything that looks like a credential, in the message and in a traceback."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = SECRETS.sub(rf"\1{HIDDEN}", value)
    return event
