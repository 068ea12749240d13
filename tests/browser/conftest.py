"""A real browser on a real server: signed in, watched for trouble, and judged by axe."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.factories import MembershipFactory, OrganizationFactory
from wrapups.models import Organization

BACKEND = "django.contrib.auth.backends.ModelBackend"
WIDE, NARROW = 1440, 390
VIOLATIONS = {"resultTypes": ["violations"]}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""Of axe's rules those that look at colours, and so the only ones that can tell a dark page from a light one."""

Opening = Callable[..., Page]


@pytest.fixture
def organization(transactional_db) -> Organization:
    """An organization that the server sees too."""
    return OrganizationFactory(name="Nordlicht Contact Centre")


@pytest.fixture
def visit(browser: Browser, live_server: Any, organization: Organization) -> Iterator[Opening]:
    """Open a page as somebody with a role; what the console complains about, but for `awaited`, fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(
        path: str, *, role: str | None = "admin", width: int = WIDE, awaited: str | None = None, **options: Any
    ) -> Page:
        def complain(text: str) -> None:
            # What is asked for again before it has come (suggestions, what follows the typing) is given up, and htmx
            # says so. An answer that is wrong, or none, has events of its own.
            given_up = text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
            if not given_up and (awaited is None or awaited not in text):
                troubles.append(text)

        context = browser.new_context(
            viewport=ViewportSize(width=width, height=900), reduced_motion="reduce", **options
        )
        contexts.append(context)
        if role:
            context.add_cookies([_session(organization, role, live_server.url)])
        page = context.new_page()
        page.on("console", lambda message: complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complain(str(error)))
        page.goto(live_server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def violations(visit: Opening) -> Callable[..., list[str]]:
    """Return what axe finds wrong with a page, in light and in dark, and in which windows it is wider than they are."""

    def found(path: str, **options: Any) -> list[str]:
        page = visit(path, bypass_csp=True, **options)
        return [fault for theme in ("light", "dark") for fault in faults(page, theme)] + overflows(page)

    return found


def faults(page: Page, theme: Any) -> list[str]:
    """Return what axe finds wrong with the page as it is now, in one theme; of the dark one, which changes nothing
    but colours, what is wrong with those.
    """
    page.emulate_media(color_scheme=theme)
    violated = Axe().run(page, options=VIOLATIONS | (COLOURS if theme == "dark" else {})).response["violations"]
    return [f"{theme}, {each['id']}: {node['html']}" for each in violated for node in each["nodes"]]


def overflows(page: Page) -> list[str]:
    """Return the windows, from a small screen's to a telephone's, in which something of the page is beyond the edge."""
    found = []
    for width in (1024, 800, 640, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        needed = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{needed} px wide in a window of {width}"] if needed > width else []
    return found


def _session(organization: Organization, role: str, url: str) -> Any:
    client = Client()
    person = MembershipFactory(organization=organization, role=role, person__first_name="Mara").person
    client.force_login(person, BACKEND)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}
