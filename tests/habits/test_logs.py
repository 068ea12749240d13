"""What reaches a log: one line a record, and nothing that opens a door."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from dashboard.logs import logging_settings

CANARY = "c4n4ry-5ecret.value"

logger = logging.getLogger("wrapups.example")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What `logger` writes, in the form of production."""
    formatter = logging_settings(level="INFO", form="json")["formatters"]["line"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.stream
    logger.removeHandler(handler)


def test_a_record_is_one_line_of_json_whatever_is_in_it(log: io.StringIO):
    logger.warning("Two\nlines, said %s", "Ann\r\nforged: line")

    lines = log.getvalue().splitlines()

    assert len(lines) == 1
    record = json.loads(lines[0])
    assert record["event"] == "Two\nlines, said Ann\r\nforged: line"
    assert (record["level"], record["logger"]) == ("warning", "wrapups.example")
    assert record["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "message",
    [
        f"Authorization: Bearer {CANARY}",
        f"headers={{'Authorization': 'Basic {CANARY}'}}",
        f"grant_type=client_credentials&client_secret={CANARY}",
        f'{{"access_token": "{CANARY}"}}',
        f"password={CANARY}, user=ann",
    ],
)
def test_a_credential_in_a_message_is_hidden(log: io.StringIO, message: str):
    logger.info(message)

    output = log.getvalue()

    assert "[hidden]" in output
    assert CANARY not in output


def test_a_credential_in_a_traceback_is_hidden(log: io.StringIO):
    try:
        int(f"Basic {CANARY}")
    except ValueError:
        logger.exception("It failed.")

    output = json.loads(log.getvalue())

    assert "ValueError" in output["exception"]
    assert CANARY not in str(output)
