"""Saved views: a search under a name, opened again, shared, changed; what one opens shows what the person may see."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    AssignmentFactory,
    MembershipFactory,
    SavedViewFactory,
)
from wrapups.models import Act, Membership, SavedView
from wrapups.services.saving_views import MOST_OF_A_PERSON, MOST_SHARED


@pytest.fixture
def mara(organization, client):
    """A supervisor who is signed in with `client`."""
    member = MembershipFactory(organization=organization, role="supervisor", person__username="mara")
    client.force_login(member.person, "django.contrib.auth.backends.ModelBackend")
    return member


def listed(client, address: str = "") -> str:
    return client.get(reverse("conversation-list") + (address or "?all"), follow=True).content.decode()


def save(client, search: str = "?status=failed", **typed: str):
    return client.post(reverse("view-add") + search, {"name": "To look at", **typed})


def rows_in(html: str) -> int:
    return html.count('id="assignment-')


def test_a_search_is_saved_and_opened_again_as_it_was(organization, mara, client):
    failed = AssignmentFactory(organization=organization, failed=True)
    AssignmentFactory(organization=organization)

    opened = save(client).url
    address = client.get(opened).url
    html = client.get(address).content.decode()

    view = SavedView.everywhere.get()
    assert (view.name, view.person, view.shared, view.query) == ("To look at", mara.person, False, "status=failed")
    assert parse_qs(urlsplit(address).query) == {"status": ["failed"], "view": [view.slug]}
    assert rows_in(html) == 1
    assert f'id="assignment-{failed.pk}"' in html


def test_saving_is_an_act_in_the_history(mara, client):
    save(client, shared="on", default="on")

    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == ["save a view", "choose a default view"]


def test_the_open_view_is_marked_among_the_tabs(organization, mara, client):
    view = SavedViewFactory(organization=organization, person=mara.person, name="Broken ones")

    html = listed(client, f"?status=failed&view={view.slug}")

    assert f'<a href="/views/{view.slug}" aria-current="true"' in html
    assert "changed</span>" not in html


def test_a_view_whose_search_was_changed_says_so_and_offers_to_keep_the_change(organization, mara, client):
    view = SavedViewFactory(organization=organization, person=mara.person)

    html = listed(client, f"?status=skipped&view={view.slug}")
    client.post(f"{reverse('view-search', args=[view.slug])}?status=skipped&view={view.slug}")

    assert "changed</span>" in html
    assert "Save changes" in html
    assert SavedView.everywhere.get().query == "status=skipped"
    assert "changed</span>" not in listed(client, f"?status=skipped&view={view.slug}")


def test_links_of_the_list_go_on_with_the_view(organization, mara, client):
    view = SavedViewFactory(organization=organization, person=mara.person)
    AssignmentFactory(organization=organization, failed=True)

    html = listed(client, f"?status=failed&view={view.slug}")

    assert f'name="view" value="{view.slug}"' in html
    assert f'href="?view={view.slug}"' in html


def test_the_list_opens_with_ones_default_and_everything_stays_reachable(organization, mara, client):
    AssignmentFactory(organization=organization)
    view = SavedViewFactory(organization=organization, person=mara.person)
    client.post(reverse("view-default"), {"view": view.slug})

    opened = client.get(reverse("conversation-list"))

    assert opened.url == reverse("view-open", args=[view.slug])
    assert rows_in(listed(client)) == 1
    client.post(reverse("view-default"), {"view": ""})
    assert client.get(reverse("conversation-list")).status_code == 200


def test_a_shared_view_is_found_by_others_and_changed_by_its_owner_or_an_admin_alone(
    organization, mara, client, sign_in
):
    view = SavedViewFactory(organization=organization, shared=True, name="Team's")

    assert "Team&#x27;s" in listed(client)
    for name in ("view-change", "view-search", "view-remove"):
        assert client.post(reverse(name, args=[view.slug]), {"name": "Mine"}).status_code == 403
    sign_in("admin").post(reverse("view-change", args=[view.slug]), {"name": "Everybody's"})
    view.refresh_from_db()
    assert (view.name, view.shared) == ("Everybody's", False)


@pytest.mark.parametrize("name", ["view-open", "view-change", "view-remove"])
def test_somebody_elses_own_view_is_not_there_not_even_for_an_admin(name, organization, admin):
    view = SavedViewFactory(organization=organization)

    assert admin.get(reverse(name, args=[view.slug])).status_code == 404
    assert view.name not in listed(admin)


def test_a_view_that_is_no_longer_shared_opens_nobody_elses_list(organization, mara, client, sign_in):
    view = SavedViewFactory(organization=organization, shared=True)
    client.post(reverse("view-default"), {"view": view.slug})

    sign_in("admin").post(reverse("view-change", args=[view.slug]), {"name": view.name})

    assert client.get(reverse("conversation-list")).status_code == 200
    assert Membership.objects.get(pk=mara.pk).default_view is None


def test_removing_asks_first_and_leaves_the_list_as_it_was_without_it(organization, mara, client):
    view = SavedViewFactory(organization=organization, person=mara.person)
    client.post(reverse("view-default"), {"view": view.slug})

    assert "cannot be taken back" in client.get(reverse("view-remove", args=[view.slug])).content.decode()
    assert SavedView.everywhere.exists()
    client.post(reverse("view-remove", args=[view.slug]))

    assert not SavedView.everywhere.exists()
    assert client.get(reverse("conversation-list")).status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"name": ""}, "Give the view a name"), ({"name": "a\u202eb"}, "can be seen"), ({"name": "broken"}, "already")],
)
def test_a_name_that_cannot_be_used_is_said_at_its_field_and_stays(typed, said, organization, mara, client):
    SavedViewFactory(organization=organization, person=mara.person, name="Broken")

    html = save(client, **typed).content.decode()

    assert said in html
    assert 'id="view-name_error" role="alert"' in html
    assert SavedView.everywhere.count() == 1


def test_a_person_keeps_so_many_views_and_is_told(organization, mara, client):
    SavedView.everywhere.bulk_create(
        SavedViewFactory.build_batch(MOST_OF_A_PERSON, organization=organization, person=mara.person)
    )

    assert f"You have {MOST_OF_A_PERSON} views" in save(client).content.decode()


def test_so_many_views_are_shared_and_the_next_one_stays_ones_own(organization, mara, client):
    SavedView.everywhere.bulk_create(
        SavedViewFactory.build_batch(
            MOST_SHARED, organization=organization, person=MembershipFactory().person, shared=True
        )
    )

    html = save(client, shared="on").content.decode()
    assert f"{MOST_SHARED} views are shared" in html
    assert 'id="view-shared_error" role="alert"' in html
    assert save(client).status_code == 302


def test_a_search_that_is_too_long_is_refused_in_words(organization, mara, client, monkeypatch):
    monkeypatch.setattr("wrapups.services.saving_views.LONGEST_QUERY", 10)

    assert "too long to be kept" in save(client).content.decode()


def test_a_view_that_names_a_queue_that_is_gone_shows_what_is_wrong_and_the_rest(organization, mara, client):
    AssignmentFactory(organization=organization, failed=True)
    AssignmentFactory(organization=organization)
    view = SavedViewFactory(organization=organization, person=mara.person, query="status=failed&queue=Billing+EU")

    html = client.get(reverse("view-open", args=[view.slug]), follow=True).content.decode()

    assert "No queue is called “Billing EU”" in html
    assert rows_in(html) == 1


def test_times_mean_the_same_moment_to_a_person_in_another_zone(organization, mara, client, sign_in):
    client.cookies["zone"] = "Asia/Tokyo"
    save(client, "?since=2026-11-01T09:00&until=2026-11-02T09:00", shared="on")
    there = sign_in("ops")
    there.cookies["zone"] = "America/New_York"

    opened = there.get(reverse("view-open", args=[SavedView.everywhere.get().slug])).url

    asked = parse_qs(urlsplit(opened).query)
    assert (asked["since"], asked["until"]) == (["2026-10-31T20:00"], ["2026-11-01T19:00"])


def test_a_view_of_the_last_week_goes_with_the_clock(organization, mara, client):
    save(client, "?since=7d")

    opened = client.get(reverse("view-open", args=[SavedView.everywhere.get().slug])).url

    assert parse_qs(urlsplit(opened).query)["since"] == ["7d"]
    assert "changed</span>" not in client.get(opened).content.decode()


def test_a_view_is_opened_in_the_columns_and_the_order_that_it_was_saved_in(organization, mara, client, sign_in):
    AssignmentFactory(organization=organization, failed=True)
    client.cookies["columns"] = "queue.notes"
    save(client, "?status=failed&order=-changed", shared="on")
    view, other = SavedView.everywhere.get(), sign_in("ops")

    html = other.get(reverse("view-open", args=[view.slug]), follow=True).content.decode()
    other.post(reverse("choose-columns"), {"columns": ["agent"]})
    changed = listed(other, f"?status=failed&order=-changed&view={view.slug}")

    assert view.columns == ["queue", "notes"]
    assert 'class="col-notes"' in html
    assert 'class="col-agent"' not in html
    assert "changed</span>" not in html
    assert "changed</span>" in changed


def test_fifty_views_cost_the_list_no_more_queries_than_one(organization, mara, client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            listed(client)
        return len(counted)

    SavedViewFactory(organization=organization, person=mara.person)
    few = queries()
    SavedView.everywhere.bulk_create(SavedViewFactory.build_batch(49, organization=organization, person=mara.person))

    assert queries() == few


def test_what_does_not_fit_beside_the_others_is_folded_away_and_the_open_one_is_not(organization, mara, client):
    views = [SavedViewFactory(organization=organization, person=mara.person, name=f"V{n:02}") for n in range(12)]

    html = listed(client, f"?status=failed&view={views[11].slug}")

    assert "8 more" in html
    assert f'<a href="/views/{views[11].slug}" aria-current="true"' in html


def test_all_views_are_listed_with_what_they_ask_for(organization, mara, client):
    SavedViewFactory(organization=organization, person=mara.person, query="status=failed&queue=Billing+EU")
    SavedViewFactory(organization=organization, shared=True, query="since=2026-11-01T00%3A00Z")
    SavedViewFactory(organization=organization, name="Secret plans")

    html = client.get(reverse("view-list")).content.decode()

    assert "Billing EU" in html
    assert "2026-11-01T00:00" in html
    assert "Secret plans" not in html
