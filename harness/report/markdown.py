"""For summaries of pull requests and jobs: Markdown as GitHub reads it.

Nothing of an article is Markdown here: characters that could mean something are written as character
references, so that neither markup nor a mention nor an address can come out of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.model import Finding, Review, Severity
from harness.report._clean import clean, clean_lines
from harness.report._reviews import cell, count, environment, in_order, not_run, quantity

if TYPE_CHECKING:
    from harness.report import Page, Tool

#: GitHub looks for mentions and numbers of issues after Markdown is done; a comment keeps them apart.
_SPECIAL = {ord(c): f"&#{ord(c)};" for c in "\\`*_{}[]<>!|~&:$"} | {
    ord(c): f"&#{ord(c)};<!-- -->" for c in "@#"
}
_MOST_MESSAGE_LINES = 6


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
    if kept := sum(review.cached is not None for review in reviews):
        said = f"{kept} of {quantity(len(reviews), 'review')} from the cache"
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
        yield f"{review.verdict}: {_text(review.reason)}"
        yield ""
    if missed := not_run(review):
        yield f"not run: {missed}"
        yield ""
    if found:
        yield "| line | severity | rule | what was found |"
        yield "| ---: | --- | --- | --- |"
        for one in found:
            yield f"| {_lines(one)} | {one.severity} | {_text(one.rule)} | {_message(one)} |"
        yield ""
    for one in found:
        yield from _fix(one)


def _lines(found: Finding) -> str:
    lines = str(found.line) if found.end_line <= found.line else f"{found.line}&#8211;{found.end_line}"
    return f"{lines} ({inside})" if (inside := cell(found)) else lines


def _message(found: Finding) -> str:
    told = [line for line in clean_lines(found.message.strip()) if line.strip()]
    shown = "<br>".join(_text(line) for line in told[:_MOST_MESSAGE_LINES])
    return shown + ("<br>..." if len(told) > _MOST_MESSAGE_LINES else "")


def _fix(found: Finding) -> Iterator[str]:
    if found.fix is None:
        return
    old = [f"-{line}" for line in clean_lines(found.fix.before)] if found.fix.before else []
    new = [f"+{line}" for line in clean_lines(found.fix.after)] if found.fix.after else []
    fence = "`" * max(3, 1 + max((_longest_run(line) for line in (*old, *new)), default=0))
    inside = f" ({where})" if (where := cell(found)) else ""
    yield f"{_text(found.rule)}, line {found.line}{inside}:"
    yield ""
    yield from (f"{fence}diff", *old, *new, fence, "")


def _longest_run(line: str) -> int:
    longest = run = 0
    for character in line:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def _text(text: str) -> str:
    return clean(text).translate(_SPECIAL).replace("www.", "www&#46;")
