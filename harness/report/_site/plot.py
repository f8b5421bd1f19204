"""Line plots as SVG, each with its numbers in a table behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.report._site.markup import Html, join, table, tag

_WIDTH, _HEIGHT = 560, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 16, 24, 42
_DASHES = ("", "7 4", "2 3", "10 3 2 3")  # lines differ without colour too
_TICKS = 5
_NUMBER = 30  # width of a number below the axis
_MOST_DOTS = 16  # points that are drawn as dots, too


@dataclass(frozen=True)
class _Axis:
    """Values of one direction laid out between two places of the picture."""

    low: float
    high: float
    start: float
    end: float
    doubling: bool = False

    def place(self, value: float) -> float:
        """Where a value stands."""
        low, high, at = ((math.log2(v) if self.doubling else v) for v in (self.low, self.high, value))
        return self.start + (at - low) / ((high - low) or 1) * (self.end - self.start)


def plot(
    title: str,
    x_name: str,
    y_name: str,
    xs: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    doubling: bool = False,
) -> Html:
    """A figure; values that are not finite are left out of the line and named in the table.

    ``doubling``: each doubling of x, which must be positive, is as wide as the next.
    """
    ys = [y for values in series.values() for y in values if math.isfinite(y)]
    if not xs or not ys:
        return tag("p", f"{title}: no finite value.", class_="quiet")
    y_ticks = _round_values(min(0.0, *ys), max(ys))
    x_ticks = sorted(set(xs)) if doubling else _round_values(min(xs), max(xs))
    across = _Axis(min(xs), max(xs), _LEFT, _WIDTH - _RIGHT, doubling)
    up = _Axis(min(*y_ticks, *ys), max(*y_ticks, *ys), _HEIGHT - _BOTTOM, _TOP)
    svg = tag(
        "svg",
        *(_y_tick(up, value) for value in y_ticks),
        *(_x_tick(across, value) for value in _apart(across, x_ticks)),
        tag("path", d=f"M{_LEFT},{_TOP}V{_HEIGHT - _BOTTOM}H{_WIDTH - _RIGHT}", class_="axis"),
        tag("text", x_name, x=(_LEFT + _WIDTH) // 2, y=_HEIGHT - 6, class_="middle"),
        tag("text", y_name, x=4, y=12),
        *(_line(across, up, xs, values, number) for number, values in enumerate(series.values())),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"{title}: {y_name} by {x_name}; the numbers are in the table below",
    )
    keys = [
        tag("span", _sample(number), f" {name}", class_="key")
        for number, name in enumerate(series)
        if len(series) > 1
    ]
    rows = [
        [f"{x:g}", *(f"{values[n]:.4g}" if n < len(values) else "" for values in series.values())]
        for n, x in enumerate(xs)
    ]
    numbers = tag("details", tag("summary", "Numbers"), table([x_name, *series], rows, title))
    return tag("figure", svg, tag("figcaption", title, *keys), numbers, class_="plot")


def _round_values(low: float, high: float) -> list[float]:
    """A few round numbers that span a range: multiples of 1, 2 or 5 times a power of ten."""
    if high <= low:
        return [low]
    raw = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, last + 1)]


def _apart(axis: _Axis, values: Sequence[float]) -> list[float]:
    """The values of an axis whose numbers do not run into the one before."""
    kept: list[float] = []
    for value in values:
        inside = axis.low <= value <= axis.high
        if inside and (not kept or axis.place(value) - axis.place(kept[-1]) >= _NUMBER):
            kept.append(value)
    return kept


def _x_tick(axis: _Axis, value: float) -> Html:
    at = f"{axis.place(value):.1f}"
    return tag("text", _short(value), x=at, y=_HEIGHT - _BOTTOM + 16, class_="middle")


def _y_tick(axis: _Axis, value: float) -> Html:
    at = axis.place(value)
    line = tag("path", d=f"M{_LEFT},{at:.1f}H{_WIDTH - _RIGHT}", class_="grid")
    return join(line, tag("text", _short(value), x=_LEFT - 6, y=f"{at + 4:.1f}", class_="end"))


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if abs(value) >= 10_000 else f"{round(value, 10):g}"


def _line(across: _Axis, up: _Axis, xs: Sequence[float], values: Sequence[float], number: int) -> Html:
    pairs = [(x, y) for x, y in zip(xs, values, strict=False) if math.isfinite(y)]
    places = [(f"{across.place(x):.1f}", f"{up.place(y):.1f}") for x, y in pairs]
    drawn = tag(
        "polyline",
        points=" ".join(f"{x},{y}" for x, y in places),
        class_=f"series s{number % 4}",
        stroke_dasharray=_DASHES[number % 4] or None,
    )
    if len(places) > _MOST_DOTS:
        return drawn
    return join(drawn, *(tag("circle", cx=x, cy=y, r=3, class_=f"dot s{number % 4}") for x, y in places))


def _sample(number: int) -> Html:
    """A piece of a series' line, for the key."""
    line = tag(
        "path", d="M0,6H28", class_=f"series s{number % 4}", stroke_dasharray=_DASHES[number % 4] or None
    )
    return tag("svg", line, viewBox="0 0 28 12", class_="sample", aria_hidden="true")
