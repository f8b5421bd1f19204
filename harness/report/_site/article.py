"""An article: its text as printed with notes at the faulty lines, and beside it what it should read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set

from harness.model import Severity
from harness.report._clean import split_lines
from harness.report._reviews import count, quantity, spans
from harness.report._site.beside import beside_section
from harness.report._site.markup import Html, join, prose, tag, text
from harness.report._site.notes import Note, notes
from harness.report._site.sections import run_section, speed_section, training_section
from harness.report._site.updates import update_section
from harness.report._site.view import ArticleView

_CHUNK = 100  # lines that a browser lays out together, when they come into sight


def article(view: ArticleView, *, prefix: str = "", whole: bool = True, trace: bool = True) -> Html:
    """The part of a page about one article; ``prefix`` keeps the names of several apart.

    ``whole``: with the sections about training and speed, which need more than a review; ``trace``: with
    the update table.
    """
    made = notes(view, prefix)
    parts: list[str] = [_head(view), _list(view, made), _text(view, made, prefix)]
    if view.rows:
        parts.append(beside_section(view, prefix))
    if trace:
        parts.append(update_section(view))
    if whole:
        parts += [training_section(view), speed_section(view)]
    parts.append(run_section(view))
    return tag("article", *parts, id=f"{prefix}article")


def toolbar(views: Sequence[ArticleView]) -> Html:
    """What a reader can do on the page."""
    # What the boxes show and hide are the cards, which are not the findings where there are errata.
    cards = Counter(note.severity for view in views for note in notes(view, ""))
    boxes = [
        tag(
            "label",
            tag("input", type="checkbox", checked=True, data_filter=severity.value),
            f" {quantity(cards[severity], severity.value)}",
        )
        for severity in Severity
    ]
    steps = [
        tag("button", "Previous", type="button", id="previous", aria_keyshortcuts="p"),
        tag("button", "Next", type="button", id="next", aria_keyshortcuts="n"),
    ]
    both = any(view.rows for view in views)
    if both:
        steps.append(
            tag(
                "button",
                "Side by side",
                type="button",
                id="beside",
                aria_pressed="false",
                aria_keyshortcuts="d",
            )
        )
    keys = tag(
        "label",
        tag("input", type="checkbox", checked=True, id="keys"),
        f" keys: n, p step{', d side by side' if both else ''}, Esc closes",
        class_="keys",
    )
    return tag(
        "div",
        tag("fieldset", tag("legend", "Show"), *boxes),
        tag("div", *steps, class_="steps"),
        keys,
        tag("output", "", id="where", aria_live="polite"),
        class_="toolbar",
        role="group",
        aria_label="Reading the errata",
    )


def verdict(view: ArticleView) -> Html:
    """The verdict as a word with its colour."""
    return tag("span", view.review.verdict.value, class_=f"verdict {view.review.verdict.value}")


def _head(view: ArticleView) -> Html:
    review = view.review
    told: list[str] = [verdict(view), f" {count([review])} in the article as printed"]
    if view.errata:
        told.append(f"; {len(view.errata)} errata are kept")
    parts: list[str] = [tag("h1", view.title), tag("p", *told)]
    if review.reason:
        parts.append(tag("p", f"{review.verdict.value}: {review.reason}", class_="warn"))
    if review.confinement is not None and review.confinement.backend == "none":
        parts.append(tag("p", "NOT CONFINED: the code ran with the rights of the caller.", class_="warn"))
    path = f"{review.article.path}, " if review.article.path != view.title else ""
    parts.append(tag("p", f"{path}SHA-256 {review.article.sha256}", class_="quiet"))
    return tag("header", *parts)


def _list(view: ArticleView, made: Sequence[Note]) -> Html:
    """What there is to read, in the order of the text; folded, because the text comes first."""
    if not made:
        return Html("")
    entries = []
    for note in made:
        words = [tag("b", note.label), f" {note.severity}: ", prose(note.title)]
        link = tag("a", *words, href=f"#{note.id}", class_=f"mark {note.severity}")
        where = f" line{'' if len(note.lines) == 1 else 's'} {spans(note.lines)}"
        entries.append(tag("li", link, tag("span", where, class_="quiet")))
    what = quantity(len(made), "finding")
    if view.errata:
        others = len(made) - len(view.errata)
        what = f"{len(view.errata)} errata" + (f", {quantity(others, 'other finding')}" if others else "")
    shown = tag("span", class_="shown")  # how many, where some are hidden
    return tag("details", tag("summary", f"List: {what}", shown), tag("ul", *entries), class_="list")


def _text(view: ArticleView, made: Sequence[Note], prefix: str) -> Html:
    printed = split_lines(view.review.article.text)
    if printed and not printed[-1]:
        printed.pop()
    at: dict[int, list[Note]] = {}
    for note in made:
        for line in dict.fromkeys(min(max(line, 1), max(len(printed), 1)) for line in note.lines or (1,)):
            at.setdefault(line, []).append(note)
    shown: set[str] = set()
    # Of a notebook only the cells are text; what stands around them in the file is nobody's.
    cells = view.review.article.cells
    first = {cell.line: cell.number for cell in cells}
    said = {n for cell in cells for n in range(cell.line, cell.end_line + 1)}
    rows: list[Html] = []
    for n, words in enumerate(printed or [""], 1):
        if n in first:
            rows.append(tag("div", f"cell {first[n]}", class_="cell"))
        if n in at or n in said or not cells:
            # In a run of lines a note is named at the first; the colour goes on.
            rows.append(
                _line(n, words, at.get(n, []), {note.id for note in at.get(n - 1, [])}, shown, prefix)
            )
    chunks = [
        tag("div", *rows[n : n + _CHUNK], class_="chunk", style=f"--rows: {len(rows[n : n + _CHUNK])}")
        for n in range(0, len(rows), _CHUNK)
    ]
    return tag(
        "section", tag("h2", "The text as printed"), tag("div", *chunks, class_="listing"), class_="printed"
    )


def _line(
    number: int, line: str, here: Sequence[Note], above: Set[str], shown: set[str], prefix: str
) -> Html:
    marks, cards = [], []
    for note in here:
        if note.id in above:
            continue
        if note.id in shown:
            marks.append(tag("a", note.label, href=f"#{note.id}", class_=f"mark also {note.severity}"))
            continue
        shown.add(note.id)
        label = [tag("b", note.label), f" {note.severity}: ", prose(note.title)]
        marks.append(
            tag(
                "button",
                *label,
                type="button",
                class_=f"mark {note.severity}",
                aria_expanded="false",
                aria_controls=note.id,
            )
        )
        cards.append(_card(note))
    worst = min((list(Severity).index(note.severity) for note in here), default=None)
    kind = "row" if worst is None else f"row flagged {list(Severity)[worst]}"
    name = f"{prefix}L{number}"
    return tag(
        "div",
        tag("a", str(number), href=f"#{name}", class_="no"),
        tag("code", text(line) or Html("&#8203;")),
        *([tag("div", *marks, class_="marks")] if marks else []),
        *cards,
        id=name,
        class_=kind,
    )


def _card(note: Note) -> Html:
    spoken = f"line {note.lines[0]}" if len(note.lines) == 1 else f"lines {spans(note.lines)}"
    if note.inside:
        spoken += f" ({note.inside})"
    words = join(f"{note.label}, {spoken}, {note.severity}: ", prose(note.title))
    title = tag("h3", words, id=f"{note.id}-title")
    return tag(
        "section",
        title,
        note.body,
        id=note.id,
        class_=f"card {note.severity}",
        tabindex=-1,
        data_severity=note.severity.value,
        aria_labelledby=f"{note.id}-title",
    )
