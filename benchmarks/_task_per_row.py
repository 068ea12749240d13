"""The peer of the bench `delivery`: one Celery task a row, set up as Celery's guides advise for work that must be done.

    celery --app benchmarks._task_per_row worker     with REDIS_URL, GENESYS_URL, CLIENT_ID, CLIENT_SECRET,
                                                     TASKS_PER_MINUTE of each worker, and LOOKS (1: look first) set

Messages are acknowledged late and put back when a child dies, trouble is retried with backoff and jitter, nothing
waits longer for its turn than the visibility timeout, and the rate is limited. Each child has a stock SDK client,
which logs in again when its token has ended.
"""

import os
from functools import cache
from http import HTTPStatus

import PureCloudPlatformClientV2
from celery import Celery
from PureCloudPlatformClientV2.rest import ApiException

from benchmarks._sdk_script import SYSTEM_PREFIX, Script
from wrapups.genesys.media import MEDIA, Medium

VISIBILITY_S = 60
"""How long until a message that a dead worker held comes back."""
LONGEST_BACKOFF_S = 30
MAX_RETRIES = 12

app = Celery("task_per_row", broker=os.environ.get("REDIS_URL"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"visibility_timeout": VISIBILITY_S, "global_keyprefix": "peer:"},
)


@app.task(
    autoretry_for=(Exception,),
    retry_backoff=True,
    retry_backoff_max=LONGEST_BACKOFF_S,
    retry_jitter=True,
    max_retries=MAX_RETRIES,
    rate_limit=f"{os.environ.get('TASKS_PER_MINUTE', '300')}/m",
)
def wrap_up(media_type: str, ids: tuple[str, str, str], code_id: str) -> None:
    """Write the code; with LOOKS only where no person's code is, and read it back."""
    try:
        if os.environ.get("LOOKS") != "1":
            script().write(MEDIA[media_type], ids, code_id)
        elif not carries_code(MEDIA[media_type], ids):
            script().apply(MEDIA[media_type], ids, code_id)
    except ApiException as error:
        if error.status == HTTPStatus.UNAUTHORIZED:
            script.cache_clear()
        raise


def carries_code(medium: Medium, ids: tuple[str, str, str]) -> bool:
    """Return whether the communication has a code, ours or an agent's."""
    try:
        seen = script().read(medium, ids).code
    except ApiException as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        raise
    return bool(seen) and not seen.startswith(SYSTEM_PREFIX)


@cache
def script() -> Script:
    """Return this process's client, logged in."""
    url = os.environ["GENESYS_URL"]
    PureCloudPlatformClientV2.configuration.host = url
    api = PureCloudPlatformClientV2.ApiClient(host=url)
    api.get_client_credentials_token(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    return Script(api)
