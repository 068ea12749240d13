"""The pager of lists: newer and older, and what else the address asks for stays."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from dashboard.queries.keyset import Page


@pytest.mark.parametrize(
    ("address", "page", "links"),
    [
        ("/exports", Page([], None, None), {}),
        ("/exports", Page([], None, 7), {"next": "?before=7"}),
        ("/exports?before=20&kind=csv", Page([], 19, 7), {"prev": "?kind=csv&after=19", "next": "?before=7&kind=csv"}),
        ("/exports?after=3", Page([], 9, None), {"prev": "?after=9"}),
    ],
)
def test_a_pager_leads_to_the_pages_beside_this_one(address: str, page: Page, links: dict[str, str]):
    html = render_to_string("shared/_page_pager.html", {"page": page}, RequestFactory().get(address))

    found = dict(re.findall(r'rel="(\w+)" href="([^"]+)"', html.replace("&amp;", "&")))
    assert found == links
    assert ("<nav" in html) is bool(links)
