"""docs/webhooks.md: its receiver runs and takes what we post, and its example has just the fields we send."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.factories import AssignmentFactory, OrganizationFactory, SubscriptionFactory
from wrapups.domain.notices import ALERT, EVENTS, TEST, document
from wrapups.domain.status import Status
from wrapups.models import Notice
from wrapups.outgoing.posting import Courier
from wrapups.services import notifying
from wrapups.services.moving import move

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()


def example(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


@contextmanager
def documented_receiver(secret: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run the page's receiver on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"WEBHOOK_SECRET": secret, "PORT": str(port)}
    command = [sys.executable, "-c", example("python")]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/wrapups", process
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the documented receiver does not listen")


@pytest.mark.parametrize(
    ("secret", "state"), [("whsec_right", Notice.State.TOLD), ("whsec_wrong", Notice.State.WAITING)]
)
def test_the_receiver_of_the_page_takes_what_is_ours_and_nothing_else(db: None, secret: str, state: Notice.State):
    organization = OrganizationFactory()
    with documented_receiver(secret) as (url, process):
        subscription = SubscriptionFactory(organization=organization, url=url)
        subscription.replace_secret("whsec_right")
        subscription.old_secret_sealed = ""
        subscription.save()
        assignment = AssignmentFactory(organization=organization, status=Status.APPLIED)
        move(assignment.pk, Status.APPLIED, Status.VERIFIED)

        notifying.notify(organization, courier=Courier(this_machine=True), worker="worker-1", for_s=5)
        process.terminate()
        printed = process.stdout.read() if process.stdout else ""

    expected = f"verified {assignment.communication.conversation.conversation_id}\n"
    assert Notice.everywhere.get().state == state
    assert printed == (expected if state == Notice.State.TOLD else "")


def test_the_example_has_just_the_fields_that_are_sent(db: None):
    organization = OrganizationFactory()
    SubscriptionFactory(organization=organization)
    AssignmentFactory(organization=organization, failed=True)
    notice = Notice.everywhere.get()

    sent = document(notice.payload, event=notice.event, event_id=notice.event_id)

    shown = json.loads(example("json"))
    assert shape(sent) == shape(shown)


def shape(part: object) -> object:
    """Return what a document consists of: its keys, and the kinds of its values."""
    if isinstance(part, dict):
        return {key: shape(value) for key, value in part.items()}
    return "text" if part is None else {str: "text", int: "number"}[type(part)]


def test_every_event_there_is_is_on_the_page():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == [*(event.value for event in EVENTS), ALERT, TEST]
