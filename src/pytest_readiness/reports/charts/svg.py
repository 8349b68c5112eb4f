"""Pieces of SVG: escaped, rounded, and in a size that text keeps on every screen.

The charts stretch and their text does not. Places along the width are given in percent, those along
the height in pixels, and what is one line from end to end is drawn in a nested picture that is
stretched without its stroke. So a label is as large on a phone as it is on paper.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from markupsafe import Markup

PLOT = 1000
"""Width of a nested picture that is stretched."""

_LIGHT, _DARK = "#ccc", "#555"
"""Where a CI server forbids the style: without a colour, all that is drawn would be filled with
black, an empty bar like a full one. The style, where there is one, overrides them."""

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]*")
_ROOT = Markup(
    '<svg class="chart chart-{kind}" role="img" aria-labelledby="{name}-title"'
    ' aria-describedby="{name}-text" {size}><title id="{name}-title">{title}</title>'
    '<desc id="{name}-text">{text}</desc>{body}</svg>'
)
_STRETCHED = Markup(
    '<svg width="100%" height="{height}" viewBox="0 0 1000 {height}" preserveAspectRatio="none"'
    ' overflow="visible">{body}</svg>'
)
_NARROW = "fijlrtI.,:;'|!()[] -"


def root(
    kind: str, name: str, title: str, text: str, body: Markup, *, height: float, box: str = ""
) -> Markup:
    """A whole chart.

    Args:
        kind: class for the style.
        name: with what its ids begin; the page gives each chart another.
        title: what it shows, in a few words.
        text: what can be seen in it, in sentences.
        body: the drawing.
        height: in pixels.
        box: the view box of one that keeps its proportions; others stretch.

    Raises:
        ValueError: the name cannot begin an id.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"a chart's name must be letters, digits, - and _: {name!r}")
    # Without the style too, what keeps its proportions is no larger than it is drawn.
    wide, of = ("100%", "") if not box else (box.split()[2], Markup(' viewBox="{}"').format(box))
    size = Markup('width="{}" height="{}"{}').format(wide, n(height), of)
    return _ROOT.format(kind=kind, name=name, title=title, text=text, size=size, body=body)


def n(value: float, digits: int = 1) -> str:
    """A coordinate in as few characters as do."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def percent(share: float) -> str:
    """A place along the width."""
    return f"{n(100 * share, 2)}%"


def text(x: str, y: float, words: str, kind: str = "", anchor: str = "") -> Markup:
    """A line of text; ``anchor`` is ``middle`` or ``end`` unless it starts there."""
    return Markup('<text x="{}" y="{}"{}{}>{}</text>').format(
        x, n(y), _class(kind), Markup(' text-anchor="{}"').format(anchor) if anchor else "", words
    )


def line(x1: str, y1: float, x2: str, y2: float, kind: str) -> Markup:
    """A straight line."""
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}"{}/>').format(
        x1, n(y1), x2, n(y2), _class(kind)
    )


def rect(x: str, y: float, width: str, height: float, kind: str, fill: str = "") -> Markup:
    """A rectangle; ``fill`` is the id of a pattern."""
    return Markup('<rect x="{}" y="{}" width="{}" height="{}"{}{}/>').format(
        x,
        n(y),
        width,
        n(height),
        _class(kind),
        Markup(' fill="{}"').format(f"url(#{fill})" if fill else _bare(kind)),
    )


def path(d: str, kind: str) -> Markup:
    """A path whose stroke keeps its width when it is stretched."""
    return Markup('<path d="{}"{}{} vector-effect="non-scaling-stroke"/>').format(
        d, _class(kind), _outline(kind)
    )


def stretched(height: float, body: Iterable[Markup]) -> Markup:
    """Paths whose x goes from 0 to 1000, over the whole width."""
    return _STRETCHED.format(height=n(height), body=joined(body))


def at(x: str, y: float, body: Markup) -> Markup:
    """A mark that keeps its shape, around a place."""
    return Markup('<svg x="{}" y="{}" overflow="visible">{}</svg>').format(x, n(y), body)


def mark(shape: str, kind: str, scale: float = 1.0) -> Markup:
    """A shape of its own size, around 0, 0."""
    scaled = Markup(' transform="scale({})"').format(n(scale)) if scale != 1 else ""
    bare = "" if shape.endswith("Z") else _outline(kind)
    return Markup('<path d="{}"{}{}{}/>').format(shape, _class(kind), bare, scaled)


def hatch(name: str, kind: str = "hatch") -> Markup:
    """A pattern of slanted lines under an id: what nobody measured, without a colour."""
    return Markup(
        '<pattern id="{}" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="6" height="6" class="{}-ground" fill="none"/>'
        '<path d="M1.5 0V6" class="{}" fill="none" stroke="#555"/></pattern>'
    ).format(name, kind, kind)


def joined(parts: Iterable[Markup]) -> Markup:
    """One after the other."""
    return Markup("").join(parts)


def grid(axis_labels: Sequence[tuple[float, str]]) -> Markup:
    """Lines across the chart at these heights, named at the left."""
    return joined(
        line("0", y, "100%", y, "grid") + text("-8", y + 4, label, "tick", "end")
        for y, label in axis_labels
    )


def width(words: str) -> float:
    """About how wide a text is at a size of 12 pixels, rather more than less."""
    return sum(_width(letter) for letter in words)


def cut(words: str, most: float) -> str:
    """A text on one line that is at most so wide, in pixels at a size of 12."""
    words = " ".join(words.split())
    if width(words) <= most:
        return words
    room = most - width("…")
    for end, letter in enumerate(words):
        room -= _width(letter)
        if room < 0:
            return words[:end].rstrip() + "…"
    return words


def _width(letter: str) -> float:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn", "Me"):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 13.0
    if letter in _NARROW:
        return 4.2
    return 9.2 if letter.isupper() or letter in "mw@%" or ord(letter) > 0x2000 else 7.3


def _class(kind: str) -> str | Markup:
    return Markup(' class="{}"').format(kind) if kind else ""


def _bare(kind: str) -> str:
    """The colour of an area without the style."""
    return {"track": _LIGHT, "empty": "none"}.get(kind, _DARK)


def _outline(kind: str) -> Markup:
    """The look of a line without the style."""
    return Markup(' fill="none" stroke="{}" stroke-width="2"').format(_bare(kind))
