"""The SDK stays behind its door: imported late, away from the home directory, and quiet."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROBE = """
import json, sys, threading
import wrapups.genesys.gateway as gateway
before = "PureCloudPlatformClientV2" in sys.modules
connected = gateway.connect(
    api_url="https://api.mypurecloud.de", client_id="c", client_secret="s", tokens=gateway.Tokens
)
import os
from PureCloudPlatformClientV2 import configuration
print(json.dumps({
    "imported before it was needed": before,
    "threads": [thread.name for thread in threading.enumerate()],
    "host": configuration.host,
    "log file": configuration.logger.log_file_path,
    "home": os.environ["HOME"],
}))
"""

STRAY_CONFIG = """
[logging]
log_level = trace
log_to_console = true
log_file_path = {log}
[general]
host = https://api.evil.example
live_reload_config = true
[gateway]
host = gateway.evil.example
"""


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a fresh process has become after connecting, in a home directory with a stray configuration."""
    home = tmp_path_factory.mktemp("home")
    folder = home / ".genesyscloudpython"
    folder.mkdir()
    (folder / "config").write_text(STRAY_CONFIG.format(log=home / "calls.log"))
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    told = subprocess.check_output([sys.executable, "-c", PROBE], cwd=ROOT, env=environment, text=True, timeout=120)
    return {**json.loads(told), "expected home": str(home)}


def test_the_sdk_is_imported_when_a_gateway_is_asked_for_and_no_sooner(probed):
    assert probed["imported before it was needed"] is False


def test_a_stray_configuration_of_the_sdk_is_not_read(probed):
    assert (probed["host"], probed["log file"]) == ("https://api.mypurecloud.com", None)


def test_the_sdk_starts_no_thread(probed):
    assert probed["threads"] == ["MainThread"]


def test_the_home_directory_is_what_it_was(probed):
    assert probed["home"] == probed["expected home"]
