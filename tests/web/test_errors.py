"""Our own pages for trouble, and what the machine asks."""

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from dashboard import urls

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


def failing(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret inside")


# Under the name of a page that is open to everybody, so that the policy lets the request through to it.
urlpatterns = [*urls.urlpatterns, path("failing", failing, name="healthz")]


@pytest.fixture
def careless(settings) -> Client:
    """A browser on a site with a page that fails."""
    settings.ROOT_URLCONF = __name__
    client = Client()
    client.raise_request_exception = False
    return client


def test_a_page_that_fails_gives_a_reference_that_the_log_has_too_and_no_reason(careless, caplog, db):
    response = careless.get("/failing")

    page = response.content.decode()
    assert response.status_code == 500
    assert response["X-Reference"] in page
    assert f"Reference {response['X-Reference']}" in caplog.text
    assert "secret" not in page
    assert "RuntimeError" not in page


def test_what_is_merely_refused_is_no_failure_in_the_log(client, caplog, db):
    client.post(reverse("choose-theme"), {"theme": "pink"})

    assert "Reference" not in caplog.text


def test_the_page_for_failures_asks_the_database_nothing(careless, db):
    with CaptureQueriesContext(connection) as queries:
        careless.get("/failing")

    assert not list(queries)


def test_an_address_that_leads_nowhere_has_our_own_page(client, db):
    response = client.get("/nowhere")

    assert response.status_code == 404
    assert "Nothing is here" in response.content.decode()
    assert f'action="{reverse("search")}"' in response.content.decode()


def test_a_form_without_its_token_says_what_to_do(db):
    response = Client(enforce_csrf_checks=True).post(reverse("sign-in"), {"username": "x", "password": "y"})

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_the_process_is_alive_without_asking_the_database(client):
    assert client.get(reverse("healthz")).content == b"alive\n"


def test_the_process_is_ready_when_the_database_is_migrated(client, db):
    assert client.get(reverse("readyz")).status_code == 200


def test_the_process_is_not_ready_while_migrations_are_missing(client, db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'wrapups'")

    response = client.get(reverse("readyz"))

    assert response.status_code == 503
    assert b"migrate" in response.content
