"""Bars in parts, each with its numbers in a table behind it."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report._site.markup import Html, join, table, tag

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 28, 58, 96, 26, 44
_SPAN = _WIDTH - _LEFT - _RIGHT
_SOLID = (1.0, 0.65, 0.35)  # parts differ without colour too


def bars(title: str, row_name: str, unit: str, rows: Mapping[str, Mapping[str, float]]) -> Html:
    """A bar for each row: its parts as shares of the row's whole, which stands behind it."""
    names = list(dict.fromkeys(name for parts in rows.values() for name in parts))
    height = _TOP + _ROW * len(rows) + _BOTTOM
    svg = tag(
        "svg",
        *(_tick(share, height) for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
        *(_bar(number, name, parts, names, unit) for number, (name, parts) in enumerate(rows.items())),
        tag("text", "share of the time", x=_LEFT + _SPAN // 2, y=height - 6, class_="middle"),
        tag("text", row_name, x=4, y=14),
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_label=f"{title}, by {row_name}; the numbers are in the table below",
    )
    keys = [tag("span", _sample(number), f" {name}", class_="key") for number, name in enumerate(names)]
    cells = [
        [row, *(f"{parts.get(name, 0.0):,.2f}" for name in names), f"{sum(parts.values()):,.2f}"]
        for row, parts in rows.items()
    ]
    numbers = tag(
        "details",
        tag("summary", "Numbers"),
        table([row_name, *names, "all"], cells, f"{title}, {unit}"),
    )
    return tag("figure", svg, tag("figcaption", title, *keys), numbers, class_="plot")


def _bar(number: int, name: str, parts: Mapping[str, float], names: list[str], unit: str) -> Html:
    top = _TOP + _ROW * number
    whole = sum(parts.values()) or 1.0
    drawn, begin = [], float(_LEFT)
    for part in names:
        width = _SPAN * parts.get(part, 0.0) / whole
        drawn.append(_part(begin, top + 4, width, _ROW - 8, names.index(part)))
        begin += width
    return join(
        *drawn,
        tag("text", name, x=_LEFT - 6, y=top + _ROW // 2 + 4, class_="end"),
        tag("text", f"{_three_digits(whole)} {unit.split()[0]}", x=_LEFT + _SPAN + 6, y=top + _ROW // 2 + 4),
    )


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _part(x: float, y: float, width: float, height: float, number: int) -> Html:
    return tag(
        "rect",
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        width=f"{max(0.0, width):.1f}",
        height=f"{height:.1f}",
        class_=f"dot s{number % 4}",
        fill_opacity=f"{_SOLID[number % len(_SOLID)]}",
    )


def _tick(share: float, height: int) -> Html:
    at = _LEFT + share * _SPAN
    line = tag("path", d=f"M{at:.1f},{_TOP}V{height - _BOTTOM}", class_="grid")
    return join(line, tag("text", f"{share:.0%}", x=f"{at:.1f}", y=height - _BOTTOM + 16, class_="middle"))


def _sample(number: int) -> Html:
    return tag("svg", _part(0, 1, 28, 10, number), viewBox="0 0 28 12", class_="sample", aria_hidden="true")
