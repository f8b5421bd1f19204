"""The update table in words, for ``errata review --trace`` and the pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.model import Article, FedRow, MovedRow, StepRow, UpdateRow
from harness.report._clean import clean
from harness.report._reviews import inside, quantity

_STILL = "stood still"
_API = {"function": "a tf.function", "apply": "an optimizer, by hand"}


def trace_lines(table: Sequence[UpdateRow], article: Article | None = None) -> Iterator[tuple[str, str]]:
    """Label and text of each line; a label that begins with "line" begins a row.

    In a notebook, where ``article`` is given, a row names its cell.
    """
    if not table:
        yield "updates", "nothing was trained"
    for row in table:
        yield from _row(row, inside(article, row.line) if article else "")


def _row(row: UpdateRow, cell: str) -> Iterator[tuple[str, str]]:
    told = f"({cell}) {call_words(row)}" if cell else call_words(row)
    if row.error:
        told += f", raised {clean(row.error)}"
    yield f"line {row.line}", told
    yield "moved", _moved(row.moved)
    if row.through and not row.steps:
        yield "through", ", ".join(clean(name) for name in row.through)
    for fed in row.fed:
        yield "fed", array_words(fed)
    for fed in row.targets:
        yield "towards", array_words(fed)
    for number, step in enumerate(row.steps, 1):
        yield from _step(number, step)
    if row.losses:
        yield "loss", loss_words(row.losses)


def call_words(row: UpdateRow) -> str:
    """What was called, how often, and how many updates that made."""
    what = f"{clean(row.model)}.{row.call}" if row.model else _API.get(row.call, row.call)
    made = quantity(row.updates, "update")
    if row.planned is not None and row.planned > row.updates:
        asking = "it asks" if row.calls == 1 else "they ask"
        made = f"{row.updates:,} of the {quantity(row.planned, 'update')} that {asking} for"
    return f"{what}: {quantity(row.calls, 'call')}, {made}"


def loss_words(losses: Sequence[float]) -> str:
    """The first and the last value; one where there is one, or where the difference is not seen."""
    first, last = f"{losses[0]:.4g}", f"{losses[-1]:.4g}"
    if len(losses) == 1:
        return first
    return f"{first} at first and at last" if first == last else f"{first} at first, {last} at last"


def _moved(rows: Sequence[MovedRow]) -> str:
    if not rows:
        return "not looked at"
    parts = [f"{clean(row.model)} by {row.weights:.3g}" for row in rows if row.weights > 0]
    parts += [
        f"{clean(row.model)}: only its statistics, by {row.statistics:.3g}"
        for row in rows
        if row.weights == 0 and row.statistics > 0
    ]
    still = [clean(row.model) for row in rows if row.weights == 0 and row.statistics == 0]
    if still:
        parts.append(f"{', '.join(still)} {_STILL}")
    return "; ".join(parts)


def _step(number: int, step: StepRow) -> Iterator[tuple[str, str]]:
    trained = ", ".join(clean(name) for name in step.trained) or "no known model"
    through = ", ".join(clean(name) for name in step.through) or "no known model"
    how = "" if step.exact else " (by the order of calls)"
    yield f"step {number}", f"trains {trained} by a loss through {through}{how}"
    for fed in step.fed:
        pushed = f", pushed {fed.pushed}" if fed.pushed else ""
        yield "", f"{clean(fed.model)} gets {array_words(fed)}{pushed}"


def array_words(fed: FedRow) -> str:
    """An array's form, values and origin."""
    shape = "x".join("?" if size < 0 else str(size) for size in fed.shape) or "one number"
    told = f"{shape} {clean(fed.dtype)}"
    if fed.distinct is not None and len(fed.distinct) == 1:
        told += f", all {fed.distinct[0]:g}"
    elif fed.distinct is not None and len(fed.distinct) <= 4:
        told += f", only {', '.join(f'{value:g}' for value in fed.distinct)}"
    elif fed.low is not None and fed.high is not None:
        told += f", {fed.low:.3g} to {fed.high:.3g}"
    return told if fed.origin in ("unknown", "constant") else f"{told}, {clean(fed.origin)}"
