"""The laptop's own services: where they lie, and that they behave as a server of production's would."""

from pathlib import Path

import psycopg
import pytest
import redis

from dashboard.embedded import postgres, valkey
from dashboard.embedded import services as embedded_services
from dashboard.embedded.places import LONGEST_SOCKET_FOLDER, Places, places_in, private_folder


def test_the_database_is_postgresql_18_on_a_socket_only(services: Places):
    with psycopg.connect(services.database_url) as connection:
        found = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('listen_addresses')"
        ).fetchone()

    assert found == (18, "")


def test_the_broker_is_on_a_socket_only_and_never_drops_a_message_for_room(services: Places):
    with redis.Redis(unix_socket_path=str(services.valkey_socket), decode_responses=True) as broker:
        settings = broker.config_get("port", "maxmemory-policy", "appendonly")

    assert settings == {"port": "0", "maxmemory-policy": "noeviction", "appendonly": "yes"}


def test_what_was_written_is_there_after_a_stop_and_a_start(own_folder: Path):
    with embedded_services.running(own_folder) as places:
        with psycopg.connect(places.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        with redis.Redis(unix_socket_path=str(places.valkey_socket)) as broker:
            broker.set("kept", "8")
    stopped = not postgres.is_running(places) and not valkey.is_running(places)

    with embedded_services.running(own_folder) as places:
        with psycopg.connect(places.database_url) as connection:
            number = connection.execute("SELECT number FROM kept").fetchone()
        with redis.Redis(unix_socket_path=str(places.valkey_socket)) as broker:
            word = broker.get("kept")

    assert stopped
    assert number == (7,)
    assert word == b"8"


def test_starting_what_runs_already_leaves_it_alone(services: Places):
    with psycopg.connect(services.database_url) as connection:
        started_at = connection.execute("SELECT pg_postmaster_start_time()").fetchone()

    again = embedded_services.start(services.folder, durable=False)

    assert again == services
    with psycopg.connect(services.database_url) as connection:
        assert connection.execute("SELECT pg_postmaster_start_time()").fetchone() == started_at


def test_a_server_that_cannot_start_says_why(own_folder: Path):
    places = embedded_services.start(own_folder)
    embedded_services.stop(own_folder)
    (places.postgres / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(RuntimeError, match="no_such_setting"):
        embedded_services.start(own_folder)


def test_a_folder_with_a_long_path_has_its_sockets_elsewhere_and_says_so(own_folder: Path):
    places = places_in(own_folder / ("x" * LONGEST_SOCKET_FOLDER), as_root=False)

    assert len(bytes(places.sockets)) <= LONGEST_SOCKET_FOLDER
    assert places.postgres.is_relative_to(places.folder)
    assert [notice for notice in places.notices if str(places.sockets) in notice]


def test_run_by_root_below_a_private_folder_the_database_lies_elsewhere_and_says_so(own_folder: Path):
    home = private_folder(own_folder / "home")

    places = places_in(home / "var", as_root=True)

    assert not places.postgres.is_relative_to(home)
    assert [notice for notice in places.notices if str(places.postgres) in notice]


def test_a_folder_that_somebody_planted_is_refused(own_folder: Path):
    planted = own_folder / "planted"
    planted.symlink_to("/etc")

    with pytest.raises(PermissionError, match="VAR_DIR"):
        private_folder(planted)
