"""Icons of the `lucide` package, as SVG in the page.

The package's own tag opens its archive, with 1,745 entries, for each icon that it has not drawn yet: a page with 26 of
them paid that 26 times at its first view. Here the archive is opened once, and what is drawn is kept.
"""

from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring
from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join

register = template.Library()

SVG = "{http://www.w3.org/2000/svg}"
KEPT = 1024
"""So many drawings are kept; the pages have some hundred icons, most in one size."""


@register.simple_tag
def lucide(name: str, *, size: int = 24, **attributes: str) -> str:
    """Return an icon of the package, so many pixels wide and high. Raises KeyError for a name that it does not have."""
    return drawing(name, size, tuple(attributes.items()))


@lru_cache(maxsize=KEPT)
def drawing(name: str, size: int, attributes: tuple[tuple[str, str], ...]) -> str:
    """Return an icon as SVG with these attributes; an underscore in their names is a hyphen."""
    svg = fromstring(archive().read(f"{name}.svg"))
    more = {key.replace("_", "-"): value for key, value in attributes}
    lines = format_html_join("", "<{}{}/>", ((_name(line), flatatt(line.attrib)) for line in svg))
    return format_html("<svg{}>{}</svg>", flatatt(svg.attrib | {"width": size, "height": size} | more), lines)


def _name(line: Element) -> str:
    return line.tag.removeprefix(SVG)  # within a page it needs no name space


@cache
def archive() -> ZipFile:
    """Return the package's archive, read into memory (half a megabyte) and opened."""
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))
