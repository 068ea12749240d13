"""How this works, told from what the code itself says."""

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.views.guide import RIGHT_WORDS
from wrapups.domain.roles import Right
from wrapups.domain.status import Status


def test_every_status_is_told_with_what_it_means(admin: Client):
    page = admin.get(reverse("help")).content.decode()

    for status in Status:
        assert f"{status.value}</span>" in page


def test_every_right_has_words():
    assert set(RIGHT_WORDS) == set(Right)


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_whoever_reads_it_finds_their_own_role(role: str, sign_in):
    page = sign_in(role).get(reverse("help")).content.decode()

    assert f'{role}<small class="quiet-text"> (you)</small>' in page
    assert page.count("(you)</small>") == 1


def test_it_asks_no_more_of_the_database_than_the_frame_does(admin: Client, django_assert_max_num_queries):
    with django_assert_max_num_queries(11):
        admin.get(reverse("help"))
