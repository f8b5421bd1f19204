"""The update table: which model each training call moved, what it was fed, through what the loss went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.model import FedRow, MovedRow, StepRow, UpdateRow
from harness.report._reviews import inside
from harness.report._site.markup import Html, join, table, tag
from harness.report._site.view import ArticleView
from harness.report._trace import array_words, call_words, loss_words

_MOST_COLUMNS = 6  # models; more are told in words


def update_section(view: ArticleView) -> Html:
    """The table of the article as printed."""
    rows = view.review.table
    title = tag("h2", "What its training moved")
    if not rows:
        words = "No training call was observed in the article as printed."
        return tag("section", title, tag("p", words, class_="quiet"))
    models = list(dict.fromkeys(one.model for row in rows for one in row.moved))
    columns = models if len(models) <= _MOST_COLUMNS else []
    head = ["line", "call", *(columns or ["moved"]), "what went in", "loss"]
    caption = "Training calls of the article as printed; under each model the largest change of one weight"
    return tag(
        "section",
        title,
        table(head, [_row(row, columns, inside(view.review.article, row.line)) for row in rows], caption),
    )


def _row(row: UpdateRow, columns: Sequence[str], cell: str) -> list[str]:
    moved = {one.model: one for one in row.moved}
    cells: list[str] = [_moved(moved.get(name)) for name in columns]
    if not columns:
        cells = [_stacked([join(f"{one.model}: ", _moved(one)) for one in row.moved])]
    return [
        _stacked([str(row.line or ""), *([cell] if cell else [])]),
        _stacked([call_words(row), *([f"raised {row.error}"] if row.error else [])]),
        *cells,
        _stacked(list(_went_in(row))),
        loss_words(row.losses) if row.losses else "",
    ]


def _moved(one: MovedRow | None) -> Html:
    if one is None:
        return tag("span", "not looked at", class_="quiet")
    if one.weights > 0:
        return tag("b", f"{one.weights:.3g}")
    if one.statistics > 0:
        return tag("span", f"only statistics, {one.statistics:.3g}")
    return tag("span", "stood still", class_="quiet")


def _went_in(row: UpdateRow) -> Iterator[str]:
    for fed in row.fed:
        yield f"fed {array_words(fed)}"
    for fed in row.targets:
        yield f"towards {array_words(fed)}"
    if row.through and not row.steps:
        yield f"loss through {', '.join(row.through)}"
    for step in row.steps:
        yield from _step(step)


def _step(step: StepRow) -> Iterator[str]:
    trained = ", ".join(step.trained) or "no known model"
    through = ", ".join(step.through) or "no known model"
    how = "" if step.exact else ", by the order of calls"
    yield f"a step trains {trained}: loss through {through}{how}"
    for fed in step.fed:
        yield _into(fed)


def _into(fed: FedRow) -> str:
    pushed = f", pushed {fed.pushed}" if fed.pushed else ""
    return f"· {fed.model} gets {array_words(fed)}{pushed}"


def _stacked(words: Sequence[str]) -> Html:
    parts: list[str] = []
    for word in words:
        parts += [Html("<br>")] * bool(parts) + [word]
    return join(*parts)
