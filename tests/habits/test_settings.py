"""Settings: documented, strict, and safe by default."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.app import defaults
from django.conf import settings as django_settings
from django.core.checks.registry import registry
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from dashboard import checks, laptop_keys
from dashboard.environment import Environment
from dashboard.settings import env

ROOT = django_settings.BASE_DIR


def test_every_setting_is_documented_with_its_default_and_nothing_else_is():
    documented = dict(_documented(ROOT / "docs" / "settings.md"))

    here = {str(ROOT): ".", str(django_settings.VAR_DIR): "var"}
    read = {name: _relative(default, here) for name, default in env.defaults.items()}

    assert documented == read


def test_the_example_for_production_names_existing_settings_only():
    example = (ROOT / ".env.example").read_text()
    names = set(re.findall(r"^([A-Z_]+)=", example, flags=re.MULTILINE))

    # Compose's own PostgreSQL reads this one.
    assert names - {"POSTGRES_PASSWORD"} <= set(env.defaults)
    assert {"DEBUG", "SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL"} <= names


@pytest.mark.parametrize("value", ["yes", "1", "flase", "on"])
def test_a_flag_is_true_or_false_and_nothing_else(value: str):
    with pytest.raises(ImproperlyConfigured, match="DEBUG must be 'true' or 'false'"):
        Environment({"DEBUG": value}).flag("DEBUG", True)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", "1_000", "٣"])
def test_a_number_of_seconds_is_a_whole_number_of_at_least_one(value: str):
    with pytest.raises(ImproperlyConfigured, match="LEASE_S must be a whole number of at least 1"):
        Environment({"LEASE_S": value}).whole("LEASE_S", 90)


def test_a_choice_is_one_of_its_words():
    with pytest.raises(ImproperlyConfigured, match="PROCESS_KIND must be one of web, pump"):
        Environment({"PROCESS_KIND": "celery"}).one_of("PROCESS_KIND", ("web", "pump"), "web")


def test_an_empty_variable_counts_as_not_set():
    environment = Environment({"DEBUG": "", "LEASE_S": " ", "FIELD_KEYS": " , "})

    assert environment.flag("DEBUG", True) is True
    assert environment.whole("LEASE_S", 90) == 90
    assert environment.words("FIELD_KEYS") == []


def test_a_laptop_makes_its_keys_once_and_only_its_owner_can_read_them(tmp_path: Path):
    first = laptop_keys.signing_key(tmp_path / "var"), laptop_keys.field_key(tmp_path / "var")
    again = laptop_keys.signing_key(tmp_path / "var"), laptop_keys.field_key(tmp_path / "var")

    assert first == again
    assert len(set(first)) == 2
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "var").iterdir()}
    assert modes == {"secret_key": 0o600, "field_key": 0o600}


def test_production_without_keys_or_servers_of_its_own_is_refused(settings: Settings):
    settings.DEBUG = False
    settings.FIELD_KEYS, settings.DATABASE_URL, settings.REDIS_URL = [], "", ""

    problems = checks.production_has_its_own_keys_and_servers()

    assert [problem.msg for problem in problems] == [
        "FIELD_KEYS is empty, but DEBUG is false.",
        "DATABASE_URL is empty, but DEBUG is false.",
        "REDIS_URL is empty, but DEBUG is false.",
    ]


def test_a_field_key_that_is_none_is_refused_without_repeating_it(settings: Settings):
    settings.FIELD_KEYS = [*settings.FIELD_KEYS, "hunter2"]

    problems = checks.field_keys_are_fernet_keys()

    assert [problem.msg for problem in problems] == ["Key number 2 of FIELD_KEYS is not a Fernet key."]
    assert "hunter2" not in str(problems)


def test_a_lease_that_may_end_before_its_call_is_refused(settings: Settings):
    settings.LEASE_S, settings.GENESYS_DEADLINE_S = 49, 20

    assert [problem.hint for problem in checks.a_lease_outlives_its_call()] == [
        "Raise LEASE_S to 50 or more, or lower GENESYS_DEADLINE_S."
    ]


def test_production_is_warned_of_addresses_without_tls(settings: Settings):
    settings.HTTPS, settings.ALLOWED_GENESYS_HOSTS = False, ["http://127.0.0.1:8001"]

    problems = checks.production_is_reached_and_calls_by_https()

    assert [problem.id for problem in problems] == ["dashboard.W001", "dashboard.W002"]


@pytest.mark.parametrize("on", [True, False])
def test_production_is_warned_of_webhooks_to_itself(settings: Settings, on: bool):
    settings.LOOPBACK_RECEIVERS = on

    assert [problem.id for problem in checks.webhooks_leave_this_machine()] == ["dashboard.W003"] * on


def test_all_of_these_checks_are_registered():
    registered = {getattr(check, "__name__", "") for check in registry.get_checks(include_deployment_checks=True)}

    assert {
        "production_has_its_own_keys_and_servers",
        "field_keys_are_fernet_keys",
        "a_lease_outlives_its_call",
        "production_is_reached_and_calls_by_https",
        "webhooks_leave_this_machine",
    } <= registered


def test_every_celery_setting_is_one_that_celery_knows():
    ours = {name.removeprefix("CELERY_").lower() for name in dir(django_settings) if name.startswith("CELERY_")}

    assert ours - set(defaults.DEFAULTS) == set()


def _documented(page: Path) -> Iterator[tuple[str, str]]:
    """Yield name and default of every row of the page's tables."""
    for line in page.read_text().splitlines():
        row = re.match(r"\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|", line)
        if row:
            yield row[1], row[2] or ""


def _relative(text: str, here: dict[str, str]) -> str:
    for path, short in here.items():
        text = text.replace(path, short)
    return text.removeprefix("./")
