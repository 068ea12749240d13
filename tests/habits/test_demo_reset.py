"""Starting the demo afresh: its own data goes, its keys stay, and a server's data is not touched."""

from pathlib import Path

import pytest
from pytest_django import Settings

from dashboard import laptop_keys
from dashboard.demo.running import Demo
from dashboard.embedded import services as embedded_services


def test_a_reset_stops_the_servers_and_removes_their_data_but_not_the_keys(own_folder: Path):
    key = laptop_keys.field_key(own_folder)
    places = embedded_services.start(own_folder, durable=False)

    _demo(own_folder).forget()

    assert [folder for folder in (places.postgres, places.valkey, places.sockets) if folder.exists()] == []
    assert laptop_keys.field_key(own_folder) == key


def test_a_database_that_the_caller_named_is_never_reset(own_folder: Path, settings: Settings):
    settings.DATABASE_URL = "postgresql://wrapups@db.example.com/wrapups"
    places = embedded_services.start(own_folder, durable=False)

    with pytest.raises(RuntimeError, match="DATABASE_URL names a server"):
        _demo(own_folder).forget()

    assert places.postgres.exists()


def _demo(folder: Path) -> Demo:
    return Demo(folder, web_port=8765, simulator_port=8766, say=lambda words: None)
