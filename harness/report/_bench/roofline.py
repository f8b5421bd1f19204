"""Where programs stand under the device's roofline (Williams, Waterman and Patterson 2009)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.report._bench.scale import decades, in_words
from harness.report._site.markup import Html, join, table, tag

_WIDTH, _HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 16, 26, 44
_SHAPES = 5


def roofline(title: str, limit: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Html:
    """Operations a second against operations for each byte, with a table behind the picture."""
    peak, moved = limit["flops_per_second"]["median"], limit["bytes_per_second"]["median"]
    points = [
        (
            row["flops_per_step"] / row["bytes_per_step"],
            row["flops_per_step"] / (row["microseconds_per_step"]["median"] / 1e6),
        )
        for row in rows
    ]
    knee = peak / moved
    intensities, speeds = [knee, *(x for x, _ in points)], [peak, *(y for _, y in points)]
    across = decades(min(intensities) / 2, 2 * max(intensities), _LEFT, _WIDTH - _RIGHT)
    up = decades(min(speeds), 1.2 * max(speeds), _HEIGHT - _BOTTOM, _TOP)
    # The roof begins where it enters the picture.
    begin = max(10.0**across.low, 10.0**up.low / moved)
    corners = [(begin, begin * moved), (knee, peak), (10.0**across.high, peak)]
    roof = " ".join(f"{across.place(x):.1f},{up.place(y):.1f}" for x, y in corners)
    slugs = list(dict.fromkeys(row["slug"] for row in rows))
    svg = tag(
        "svg",
        *(_across(across.place(value), in_words(value, "")) for value in across.ticks),
        *(_up(up.place(value), in_words(value, "")) for value in up.ticks),
        tag("path", d=f"M{_LEFT},{_TOP}V{_HEIGHT - _BOTTOM}H{_WIDTH - _RIGHT}", class_="axis"),
        tag("text", "operations for each byte", x=(_LEFT + _WIDTH) // 2, y=_HEIGHT - 6, class_="middle"),
        tag("text", "operations/s", x=4, y=12),
        tag("polyline", points=roof, class_="series"),
        *(
            _mark(slugs.index(row["slug"]), across.place(x), up.place(y))
            for row, (x, y) in zip(rows, points, strict=True)
        ),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"{title}: operations a second by operations for each byte; numbers in the table below",
    )
    keys = [tag("span", _sample(number), f" {slug}", class_="key") for number, slug in enumerate(slugs)]
    cells = [
        [
            row["slug"],
            str(row["batch"]),
            f"{row['flops_per_step'] / 1e6:,.1f}",
            f"{row['bytes_per_step'] / 1e6:,.1f}",
            f"{x:.1f}",
            f"{y / 1e9:,.2f}",
            "memory" if x < knee else "arithmetic",
            f"{row['utilisation']:.0%}",
        ]
        for row, (x, y) in zip(rows, points, strict=True)
    ]
    head = ["program", "batch", "MFLOP/step", "MB/step", "FLOP/byte", "GFLOP/s", "bound by", "utilisation"]
    caption = tag(
        "figcaption", "The line is what the device can do at most; each mark is a batch size.", *keys
    )
    numbers = tag("details", tag("summary", "Numbers"), table(head, cells, title))
    return tag("figure", svg, caption, numbers, class_="plot")


def _across(at: float, words: str) -> Html:
    line = tag("path", d=f"M{at:.1f},{_TOP}V{_HEIGHT - _BOTTOM}", class_="grid")
    return join(line, tag("text", words, x=f"{at:.1f}", y=_HEIGHT - _BOTTOM + 16, class_="middle"))


def _up(at: float, words: str) -> Html:
    line = tag("path", d=f"M{_LEFT},{at:.1f}H{_WIDTH - _RIGHT}", class_="grid")
    return join(line, tag("text", words, x=_LEFT - 6, y=f"{at + 4:.1f}", class_="end"))


def _mark(number: int, x: float, y: float) -> Html:
    """A mark whose shape differs from the others', for eyes that see no colours."""
    shape, colour = number % _SHAPES, f"dot s{number % 4}"
    if shape == 0:
        return tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=4, class_=colour)
    size = 4.5
    shapes: dict[int, list[tuple[float, float]]] = {
        1: [(-1, -1), (1, -1), (1, 1), (-1, 1)],
        2: [(0, -1.2), (1.2, 1), (-1.2, 1)],
        3: [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
        4: [(-1.2, -1), (1.2, -1), (0, 1.2)],
    }
    places = " ".join(f"{x + size * dx:.1f},{y + size * dy:.1f}" for dx, dy in shapes[shape])
    return tag("polygon", points=places, class_=colour)


def _sample(number: int) -> Html:
    return tag("svg", _mark(number, 8, 6), viewBox="0 0 16 12", class_="sample", aria_hidden="true")
