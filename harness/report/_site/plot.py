"""Line plots as SVG, each with its numbers in a table behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from harness.report._site.markup import Html, table, tag

_WIDTH, _HEIGHT = 560, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 40
_DASHES = ("", "7 4", "2 3", "10 3 2 3")  # lines differ without colour too


def plot(
    title: str, x_name: str, y_name: str, xs: Sequence[float], series: Mapping[str, Sequence[float]]
) -> Html:
    """A figure; values that are not finite are left out of the line and named in the table."""
    ys = [y for values in series.values() for y in values if math.isfinite(y)]
    if not xs or not ys:
        return tag("p", f"{title}: no finite value.", class_="quiet")
    x_low, x_high = min(xs), max(xs)
    y_low, y_high = min(0.0, *ys), max(ys)

    def place(x: float, y: float) -> str:
        across = (x - x_low) / ((x_high - x_low) or 1)
        up = (y - y_low) / ((y_high - y_low) or 1)
        return (
            f"{_LEFT + across * (_WIDTH - _LEFT - _RIGHT):.1f},"
            f"{_HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM):.1f}"
        )

    drawn: list[str] = []
    for number, values in enumerate(series.values()):
        points = " ".join(place(x, y) for x, y in zip(xs, values, strict=False) if math.isfinite(y))
        drawn.append(
            tag(
                "polyline",
                points=points,
                class_=f"series s{number % 4}",
                stroke_dasharray=_DASHES[number % 4] or None,
            )
        )
    svg = tag(
        "svg",
        *_axes(x_name, (x_low, x_high), (y_low, y_high)),
        *drawn,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"{title}: {y_name} by {x_name}; the numbers are in the table below",
    )
    keys = [
        tag("span", name, class_=f"key s{number % 4}")
        for number, name in enumerate(series)
        if len(series) > 1
    ]
    rows = [
        [f"{x:g}", *(f"{values[n]:.4g}" if n < len(values) else "" for values in series.values())]
        for n, x in enumerate(xs)
    ]
    numbers = tag("details", tag("summary", "Numbers"), table([x_name, *series], rows, title))
    return tag("figure", svg, tag("figcaption", title, *keys), numbers)


def _axes(x_name: str, x_range: tuple[float, float], y_range: tuple[float, float]) -> list[Html]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    return [
        tag("path", d=f"M{_LEFT},{_TOP}V{bottom}H{right}", class_="axis"),
        tag("text", f"{y_range[1]:.3g}", x=_LEFT - 6, y=_TOP + 10, class_="end"),
        tag("text", f"{y_range[0]:.3g}", x=_LEFT - 6, y=bottom, class_="end"),
        tag("text", f"{x_range[0]:g}", x=_LEFT, y=bottom + 16),
        tag("text", f"{x_range[1]:g}", x=right, y=bottom + 16, class_="end"),
        tag("text", x_name, x=(_LEFT + right) // 2, y=_HEIGHT - 6, class_="middle"),
    ]
