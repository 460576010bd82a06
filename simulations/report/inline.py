"""A figure's SVG as part of a page: no references to elsewhere, ids of its own, colours that follow the page."""

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from simulations.report.style import FAINT, INK, PAPER, SOFT

_SCALE = 1.5  # printed points to points on the screen
_ROLES = {INK: "currentColor", SOFT: "var(--soft)", FAINT: "var(--rule)", PAPER: "var(--page)"}
_DROPPED = (
    r"^.*?(?=<svg)",  # XML declaration and document type
    r"<!--.*?-->",
    r"<metadata>.*?</metadata>",
    r"<style.*?</style>",
    r"\sxmlns(:\w+)?=\"[^\"]*\"",
    r"\sversion=\"[^\"]*\"",
)


def inline(svg: str, name: str, description: str, hovers: Mapping[str, str]) -> Markup:
    """``svg`` as matplotlib writes it, ready for an HTML page; ``description`` is read to those who do not see it, and
    ``hovers`` says what the marks with these ids tell when they are pointed at.
    """
    for pattern in _DROPPED:
        svg = re.sub(pattern, "", svg, flags=re.DOTALL)
    for mark, told in hovers.items():
        opening = f'<g id="{escape(mark)}">'
        svg = svg.replace(opening, f"{opening}<title>{escape(told)}</title>")
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(href="|url\()#', rf"\1#{name}-", svg)
    for colour, role in _ROLES.items():
        svg = svg.replace(colour, role)
    return Markup(re.sub(r"<svg[^>]*>", lambda found: _opening(found[0], description), svg, count=1).strip())


def _opening(tag: str, description: str) -> str:
    """The opening tag with the figure's size on the screen, which a narrow page may shrink."""
    width, box = re.search(r'width="([\d.]+)pt"', tag), re.search(r'viewBox="[^"]*"', tag)
    assert width is not None and box is not None
    size = f'style="width: {float(width[1]) * _SCALE:.0f}pt"'
    return f'<svg {box[0]} {size} role="img" aria-label="{escape(description)}">'
