"""A throughput document as one page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.report._bench import view
from harness.report._bench.bars import bars
from harness.report._bench.roofline import roofline
from harness.report._site.markup import Html, page, table, tag
from harness.report._site.plot import plot

_READING = (
    "All variants of a program were measured in one run, in processes of their own that took turns round by "
    "round: the program as it is, the article's way of training made correct, and a reference, the same step "
    "fused by hand and compiled for the backend. Figures are medians over rounds, IQR is their interquartile "
    "range. What slows the machine down hits all variants alike, so trust the ratios more than the figures."
)


def bench_page(document: Mapping[str, Any]) -> str:
    """The whole page."""
    found = view.groups(document)
    places = dict.fromkeys((backend, device) for _, backend, device in found)
    body = [tag("h1", "How fast the corrected programs train"), tag("p", _READING)]
    if not document["complete"]:
        body.append(tag("p", "This run was interrupted: the rest was not measured.", class_="warn"))
    if not document["machine"]["gpus"]:
        body.append(
            tag("p", "Nothing on this page was measured on a GPU: the machine has none.", class_="quiet")
        )
    body.append(_overview(document))
    body += [_utilisation(document, place) for place in places]
    body += [
        _program(f"{slug} on {backend}, {device}", rows) for (slug, backend, device), rows in found.items()
    ]
    facts = [
        part for name, value in view.machine_facts(document) for part in (tag("dt", name), tag("dd", value))
    ]
    body.append(tag("section", tag("h2", "The machine"), tag("dl", *facts)))
    return page("Throughput", *body)


def _overview(document: Mapping[str, Any]) -> Html:
    """Each program at its own batch size."""
    rows = [
        [row["slug"], row["backend"], row["device"], *view.cells(row)]
        for rows in view.groups(document).values()
        for row in rows
        if row.get("own_batch")
    ]
    head = ["program", "backend", "device", *view.HEAD]
    return tag(
        "section", tag("h2", "At each program's own batch size"), table(head, rows, "* own batch size")
    )


def _program(title: str, rows: Sequence[view.Row]) -> Html:
    parts = [tag("h2", title), tag("p", f"{view.way_title(rows)}.".capitalize())]
    plots = []
    measured = [row for row in rows if row["images_per_second"]]
    if len(measured) > 1:
        lines = {
            "program": [view.rate_of(row) for row in measured],
            "reference": [view.rate_of(row.get("reference")) for row in measured],
            "article's way": [view.rate_of(row.get("article_way")) for row in measured],
        }
        shown = {name: values for name, values in lines.items() if any(value == value for value in values)}
        sizes = [float(row["batch"]) for row in measured]
        plots.append(
            plot("Images a second by batch size", "batch size", "images/s", sizes, shown, doubling=True)
        )
    parted = {str(row["batch"]): split for row in measured if (split := view.split(row))}
    if parted:
        shares = {size: _per_image(split, int(size)) for size, split in parted.items()}
        plots.append(bars("Where the time goes", "batch size", "µs for each image", shares))
    if plots:
        parts.append(tag("div", *plots, class_="plots"))
    parts.append(table(list(view.HEAD), [view.cells(row) for row in rows], "* the program's own batch size"))
    remarks = [tag("li", remark) for row in rows for remark in view.remarks(row)]
    if remarks:
        parts.append(tag("details", tag("summary", "How the reference was run"), tag("ul", *remarks)))
    return tag("section", *parts)


def _per_image(split: Mapping[str, float], batch: int) -> dict[str, float]:
    return {name: value / batch for name, value in split.items()}


def _utilisation(document: Mapping[str, Any], place: tuple[str, str]) -> Html:
    limit = next(
        (
            one
            for one in document["limits"]
            if (one["backend"], one["device"]) == place and not one.get("error")
        ),
        None,
    )
    rows = [
        row
        for row in document["programs"]
        if (row["backend"], row["device"]) == place and row.get("utilisation") is not None
    ]
    if limit is None or not rows:
        return Html("")
    title = f"Utilisation of {limit['name']} by {place[0]}"
    return tag("section", tag("h2", title), roofline(title, limit, rows))
