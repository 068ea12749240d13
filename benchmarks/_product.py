"""The product in a bench's own process."""

import os

import django


def load_product() -> None:
    """Let its models be imported from now on, with the settings of a command where the environment says no others."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    os.environ.setdefault("PROCESS_KIND", "command")
    django.setup()
