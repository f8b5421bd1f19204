"""The margin notes of an article: its errata, and the findings that no erratum accounts for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.model import Article, Finding, Ladder, MutantFate, Proof, Severity
from harness.report._reviews import cell, consequences, in_order, inside
from harness.report._site.beside import marked
from harness.report._site.markup import Html, join, lines, prose, tag
from harness.report._site.view import ArticleView, ErratumView

_LADDER = {
    Ladder.PROVEN: "as printed up to here, a review shows the symptom at these lines",
    Ladder.UNPROVEN: "NOT shown by a review at these lines",
    Ladder.NOT_APPLICABLE: "settled without a run",
}
_MUTANT = {
    MutantFate.KILLED: "brought back into the corrected article, it is convicted",
    MutantFate.SURVIVED: "NOT convicted when it was brought back",
    MutantFate.WRONG_CAUSE: "NOT convicted for its own cause when it was brought back",
    MutantFate.NOT_APPLICABLE: "needs no run of the corrected article",
}


@dataclass(frozen=True)
class Note:
    """A card in the margin: an erratum (E1) or a finding (F1)."""

    id: str  # unique in the page
    label: str
    severity: Severity
    title: str
    lines: tuple[int, ...]
    body: Html
    inside: str = ""  # the place in the place: a notebook's cell


def notes(view: ArticleView, prefix: str) -> tuple[Note, ...]:
    """The notes of an article by first line."""
    found = in_order(view.review)
    told = {id(view.review.findings[index]) for one in view.errata for index in one.observed}
    made = [_erratum(view, one, n, prefix) for n, one in enumerate(view.errata, 1)]
    rest = [one for one in found if id(one) not in told]
    made += [_finding(one, view.review.article, n, prefix) for n, one in enumerate(rest, 1)]
    return tuple(sorted(made, key=lambda note: note.lines[0] if note.lines else 0))


def _erratum(view: ArticleView, one: ErratumView, number: int, prefix: str) -> Note:
    seen = [view.review.findings[index] for index in one.observed]
    body = join(
        *_replacement(one.before, one.after),
        tag("h4", "Cause"),
        *_paragraphs(one.why),
        tag("h4", "Symptom"),
        tag("p", tag("code", one.symptom)),
        *(_observed(found) for found in seen),
        *([] if seen else [tag("p", _unseen(one), class_="quiet")]),
        tag("h4", "Proof"),
        _proof(view, one),
        tag("h4", "Source"),
        tag("p", tag("a", one.source[0], href=one.source[1], rel="noreferrer")),
        tag("p", f"Kind: {one.kind}. Worked before: {one.works_before}.", class_="quiet"),
    )
    return Note(f"{prefix}e{number}", f"E{number}", one.severity, one.title, one.lines, body)


def _unseen(one: ErratumView) -> str:
    if one.kind in ("prose", "modernise"):
        return "No run shows it."
    return "Not seen in the article as printed: an earlier fault stands before it."


def _observed(found: Finding) -> Html:
    place = f"Observed at line {found.line} ({found.rule}):"
    return tag("p", place, Html("<br>"), *_broken(found.message), class_="observed")


def _proof(view: ArticleView, one: ErratumView) -> Html:
    if one.proof is None:
        if one.kind == "modernise":
            return tag("p", "It mends no bug, so there is nothing to prove.", class_="quiet")
        if one.kind == "prose":
            return tag("p", "A sentence needs no run: its source settles it.", class_="quiet")
        command = tag("code", f"errata prove {view.slug} --record")
        return tag("p", "No proof of these errata is at hand. This makes it: ", command, class_="quiet")
    return tag("ul", *(tag("li", words) for words in _proof_words(one.proof)))


def _proof_words(proof: Proof) -> Iterator[str]:
    for words, seen in (
        (_LADDER[proof.ladder], proof.ladder_seen),
        (_MUTANT[proof.mutant], proof.mutant_seen),
    ):
        yield f"{words}: {seen}" if seen else words


def _finding(found: Finding, article: Article, number: int, prefix: str) -> Note:
    parts: list[str] = [tag("p", *_broken(found.message))]
    if found.fix:
        parts += _replacement(found.fix.before, found.fix.after)
    if others := consequences(found):
        named = ", ".join(_named(article, line) for line in others)
        what = "this line" if len(others) == 1 else "these lines"
        parts.append(tag("p", f"Because of it {what} cannot run: {named}.", class_="quiet"))
    parts.append(
        tag(
            "p",
            "Why, and what to write instead: ",
            tag("code", f"errata explain {found.rule}"),
            class_="quiet",
        )
    )
    shown = tuple(range(max(found.line, 1), max(found.end_line, found.line, 1) + 1))
    return Note(
        f"{prefix}f{number}", f"F{number}", found.severity, found.rule, shown, join(*parts), cell(found)
    )


def _named(article: Article, line: int) -> str:
    return f"{line} ({cell})" if (cell := inside(article, line)) else str(line)


def _replacement(before: str, after: str) -> list[str]:
    if before and after and "\n" not in before + after:
        old, new = marked(before, after)
    else:
        old, new = tag("del", lines(before) or "(nothing)"), tag("ins", lines(after) or "(nothing)")
    return [
        tag("h4", "For"),
        tag("pre", old, tabindex=0),
        tag("h4", "Read"),
        tag("pre", new, tabindex=0),
    ]


def _paragraphs(words: str) -> list[Html]:
    return [tag("p", prose(" ".join(part.split()))) for part in words.split("\n\n") if part.strip()]


def _broken(words: str) -> list[Html]:
    parts: list[Html] = []
    for line in words.strip().split("\n"):
        parts += [Html("<br>")] * bool(parts) + [prose(line)]
    return parts
