"""A real browser on a real server: signed in, watched for trouble, and judged by axe."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

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


class Contexts:
    """Browser contexts that one test leaves to the next, by their options: without cookies, and with one blank page.

    A page of ours costs half as much to open where another page is open, and a third in that very page.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: defaultdict[str, list[BrowserContext]] = defaultdict(list)

    @contextmanager
    def lent(self, **options: Any) -> Iterator[BrowserContext]:
        """Lend a context to one test, and to no other meanwhile."""
        free = self._free[repr(sorted(options.items()))]
        context = free.pop() if free else self._made(options)
        yield context
        blank, *others = context.pages
        for page in others:
            page.close()
        blank.goto("about:blank")
        blank.emulate_media(color_scheme="light")
        context.clear_cookies()
        free.append(context)

    def _made(self, options: dict[str, Any]) -> BrowserContext:
        context = self._browser.new_context(reduced_motion="reduce", **options)
        context.new_page()
        return context


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    """This run's contexts; they end with the browser."""
    return Contexts(browser)


@pytest.fixture
def visit(contexts: Contexts, live_server: Any, organization: Organization) -> Iterator[Opening]:
    """Open a page as somebody with a role; what the console complains about, but for `awaited`, fails the test.

    `only_looked_at` says that nobody clicks or types there, so that the page that others were looked at in will do.
    """
    lent = ExitStack()
    troubles: list[str] = []

    def opened(
        path: str,
        *,
        role: str | None = "admin",
        width: int = WIDE,
        awaited: str | None = None,
        only_looked_at: bool = False,
        **options: Any,
    ) -> Page:
        def complain(text: str) -> None:
            # What is asked for again before it has come (suggestions, what follows the typing) is given up, and htmx
            # says so. An answer that is wrong, or none, has events of its own.
            given_up = text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
            if not given_up and (awaited is None or awaited not in text):
                troubles.append(text)

        def fail(error: Error) -> None:
            complain(str(error))

        def hear(message: ConsoleMessage) -> None:
            if message.type == "error":
                complain(message.text)

        context = lent.enter_context(contexts.lent(**options))
        if role:
            context.add_cookies([_session(organization, role, live_server.url)])
        page = context.pages[0] if only_looked_at else context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.on("console", hear)
        page.on("pageerror", fail)
        lent.callback(page.remove_listener, "console", hear)
        lent.callback(page.remove_listener, "pageerror", fail)
        page.goto(live_server.url + path)
        return page

    with lent:
        yield opened
    assert troubles == []


@pytest.fixture
def violations(visit: Opening) -> Callable[..., list[str]]:
    """Return what axe finds wrong with a page, in light and in dark, and in which windows it is wider than they are."""

    def found(path: str, **options: Any) -> list[str]:
        page = visit(path, bypass_csp=True, only_looked_at=True, **options)
        return [fault for theme in ("light", "dark") for fault in faults(page, theme)] + overflows(page)

    return found


def faults(page: Page, theme: Any) -> list[str]:
    """Return what axe finds wrong with the page as it is now, in one theme; of the dark one, which changes nothing
    but colours, what is wrong with those.
    """
    page.emulate_media(color_scheme=theme)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    options = VIOLATIONS | (COLOURS if theme == "dark" else {})
    violated = page.evaluate("options => axe.run(options)", options)["violations"]
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
