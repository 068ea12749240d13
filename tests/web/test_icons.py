"""Icons: drawn from the package's archive, which is opened once whatever a page shows."""

from unittest.mock import patch
from xml.etree.ElementTree import canonicalize
from zipfile import ZipFile

import pytest
from django.template import Context, Template
from lucide.templatetags.lucide import lucide as as_the_package_draws

from dashboard.templatetags import lucide as icons


def drawn(tag: str, **context: str) -> str:
    return Template(f"{{% load lucide %}}{{% lucide {tag} %}}").render(Context(context))


def test_an_icon_is_what_the_packages_own_tag_draws():
    for name in icons.archive().namelist()[::40]:
        ours = drawn("name size=16 aria_hidden='true'", name=name.removesuffix(".svg"))

        theirs = as_the_package_draws(name.removesuffix(".svg"), size=16, aria_hidden="true")
        assert canonicalize(ours) == canonicalize(theirs, strip_text=True)


def test_the_archive_is_opened_once_for_all_icons():
    icons.archive.cache_clear()
    icons.drawing.cache_clear()

    with patch.object(icons, "ZipFile", wraps=ZipFile) as opened:
        for name in ("clock", "user", "clock", "search", "history"):
            drawn("name", name=name)

    assert opened.call_count == 1


def test_what_is_given_to_an_icon_cannot_break_out_of_it():
    assert "<script>" not in drawn('"clock" id=bad', bad='"><script>')


def test_a_name_that_is_no_icon_is_an_error():
    with pytest.raises(KeyError, match=r"no-such-icon\.svg"):
        drawn('"no-such-icon"')
