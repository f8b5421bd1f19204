"""For summaries of pull requests and jobs: Markdown as GitHub reads it.

Of an article only code between backticks is Markdown here, as spans of code; in all other text the characters
that could mean something are written as character references, so that neither markup nor a mention nor
an address can come out of it.  An article's own lines stand in fences that no line of them can close.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from typing import TYPE_CHECKING

from harness.model import Article, Finding, Review, Severity
from harness.report._clean import clean, clean_lines, split_lines
from harness.report._reviews import (
    consequences,
    count,
    environment,
    how_many_cached,
    in_order,
    named,
    not_run,
    place,
    protections,
    quantity,
    quoted_lines,
    ran,
)

if TYPE_CHECKING:
    from harness.report import Page, Tool

#: What can mean something in Markdown, or on GitHub (mathematics, pictures by name, addresses); where it
#: cannot, it is left alone, so that the source can be read as well: between letters an underscore is one.
_SPECIAL = re.compile(
    r"[\\`*\[<|~$@#]|&(?=#?\w+;)|:(?=\S)|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.", re.IGNORECASE
)
#: GitHub looks for mentions and numbers of issues after Markdown is done; a comment keeps them apart.
_APART = {"@": "<!-- -->", "#": "<!-- -->"}
#: What would make a list, a quotation, a heading or a rule of a line that begins with it.
_BEGINS = re.compile(r"^(?:[-+=>]|\d+(?=[.)]))")
_MOST_MESSAGE_LINES = 6
_WIDEST_QUOTE = 500  # characters of a line


def render(reviews: Sequence[Review], tool: Tool, page: Page) -> str:
    """A table of the articles, then each article's findings."""
    lines = [f"## {tool.name}: {quantity(len(reviews), 'article')}, {count(reviews)}", ""]
    if reviews:
        lines += _overview(reviews)
    for review in reviews:
        lines += _article(review)
    known = ", ".join(f"{key} {_text(value)}" for key, value in environment(reviews).items() if value)
    lines.append(f"{tool.name} {tool.version}" + (f", {known}" if known else ""))
    return "\n".join(lines) + "\n"


def _overview(reviews: Sequence[Review]) -> Iterator[str]:
    yield "| article | verdict | errors | warnings | notes | confined by |"
    yield "| --- | --- | ---: | ---: | ---: | --- |"
    for review in reviews:
        seen = Counter(found.severity for found in review.findings)
        numbers = " | ".join(str(seen[severity]) for severity in Severity)
        yield f"| {_text(review.article.path)} | {review.verdict} | {numbers} | {_confined(review)} |"
    yield ""
    if said := how_many_cached(reviews):
        yield f"{said}: run earlier, and nothing has changed."
        yield ""


def _confined(review: Review) -> str:
    if review.confinement is None:
        return "nothing had to be run"
    if review.confinement.backend == "none":
        return "**NOT CONFINED**"
    return _text(review.confinement.backend)


def _article(review: Review) -> Iterator[str]:
    found = in_order(review)
    if not found and not review.reason:
        return
    yield f"### {_text(review.article.path)}"
    yield ""
    if review.reason:
        yield f"{review.verdict}: {_prose(review.reason)}"
        yield ""
    lines = split_lines(review.article.text)
    for one in found:
        yield from _finding(one, review.article, lines)
    yield f"- ran: {ran(review)}"
    if missed := not_run(review):
        yield f"- not run: {missed}"
    if review.confinement and (lacking := protections(review.confinement)[1]):
        yield f"- confinement NOT in force: {', '.join(lacking)}"
    yield from (f"- remark: {_prose(note)}" for note in review.notes)
    yield ""


def _finding(found: Finding, article: Article, lines: Sequence[str]) -> Iterator[str]:
    yield f"**{place(found)}: {found.severity}** {_code(found.rule)}"
    yield ""
    printed = quoted_lines(found, lines)
    changed = _changed(found, printed)
    if printed and not changed:  # else the replacement shows them
        shown = [f"{number:>5} | {_cut(clean(line))}" for number, line in printed]
        if (rest := found.end_line - printed[-1][0]) > 0:
            shown.append(f"  ... | {quantity(rest, 'more line')}")
        yield from _fenced(shown)
    yield _message(found)
    yield ""
    if found.fix is not None:
        if not found.fix.before:
            yield "Add:"
            yield ""
        yield from _fenced(changed or _difference(found.fix.before, found.fix.after), "diff")
    if others := consequences(found):
        yield f"Because of it {named(article, others)} cannot run."
        yield ""


def _changed(found: Finding, printed: Sequence[tuple[int, str]]) -> list[str]:
    """The finding's lines as they are and as they should be; nothing where whole lines cannot tell it."""
    text = "\n".join(line for _, line in printed)
    fix = found.fix
    whole = printed and printed[-1][0] >= found.end_line and len(text) <= _WIDEST_QUOTE
    if fix is None or not fix.before or not whole or text.count(fix.before) != 1:
        return []
    return _difference(text, text.replace(fix.before, fix.after))


def _difference(before: str, after: str) -> list[str]:
    """Lines with what is done to each: ``-`` taken away, ``+`` added, a blank left as it is."""
    old, new = (clean_lines(text) if text.strip() else [] for text in (before, after))
    return list(unified_diff(old, new, lineterm="", n=len(old)))[3:]


def _message(found: Finding) -> str:
    told = [line for line in clean_lines(found.message.strip()) if line.strip()]
    shown = "<br>".join(_prose(line.strip()) for line in told[:_MOST_MESSAGE_LINES])
    return _BEGINS.sub(_reference, shown)


def _fenced(lines: Sequence[str], language: str = "") -> Iterator[str]:
    """Lines as they are, in a fence that is longer than all that they hold."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, 1 + longest)
    yield from (f"{fence}{language}", *lines, fence, "")


def _cut(line: str) -> str:
    return line if len(line) <= _WIDEST_QUOTE else f"{line[:_WIDEST_QUOTE]}..."


def _prose(text: str) -> str:
    """Words on one line; what stands between two backticks is code, as the author of the words meant it."""
    parts = clean(text).split("`")
    if len(parts) % 2 == 0:  # an open backtick is one
        return _text(text)
    told = [_code(part) if number % 2 else _text(part) for number, part in enumerate(parts)]
    # Two spans side by side would be one: their backticks would join.
    return re.sub(r"``", "`<!-- -->`", "".join(told))


def _code(text: str) -> str:
    """A span of code; plain text where that cannot be."""
    words = clean(text)
    if not words.strip() or "`" in words:
        return _text(f"`{words}`")
    return f"`{words}`"


def _text(text: str) -> str:
    return _SPECIAL.sub(_reference, clean(text))


def _reference(special: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};{_APART.get(character, '')}" for character in special[0])
