"""For pull requests: GitHub workflow commands, one annotation a finding.

Syntax and escapes are those of the runner's toolkit: docs.github.com, "Workflow commands for GitHub
Actions", and actions/toolkit ``packages/core/src/command.ts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.model import Finding, Review, Severity, Verdict
from harness.report._clean import clean, clean_lines
from harness.report._reviews import cell, count, how_many_cached, in_order, quantity

if TYPE_CHECKING:
    from harness.report import Page, Tool

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(reviews: Sequence[Review], tool: Tool, page: Page) -> str:
    """One command a finding, one a review that came to no verdict, and a closing line of counts."""
    lines = [line for review in reviews for line in _commands(review)]
    said = [quantity(len(reviews), "article"), count(reviews), how_many_cached(reviews)]
    lines.append(f"{tool.name} {tool.version}: {', '.join(part for part in said if part)}")
    return "\n".join(lines) + "\n"


def _commands(review: Review) -> list[str]:
    lines = [_command(review, found) for found in in_order(review)]
    if review.verdict in (Verdict.INCOMPLETE, Verdict.HARNESS_ERROR):
        place = {"file": review.article.path, "title": review.verdict.value}
        lines.append(_line("error", place, review.reason or "no reason was given"))
    return lines


def _command(review: Review, found: Finding) -> str:
    place = {
        "file": review.article.path,
        "line": str(found.line),
        "endLine": str(found.end_line),
        "title": found.rule,
    }
    message = f"In {inside}: {found.message}" if (inside := cell(found)) else found.message
    if found.fix:
        message += f"\nFor: {found.fix.before}\nRead: {found.fix.after}"
    return _line(_COMMANDS[found.severity], place, message)


def _line(command: str, properties: dict[str, str], message: str) -> str:
    place = ",".join(f"{key}={_property(clean(value))}" for key, value in properties.items())
    return f"::{command} {place}::{_data(chr(10).join(clean_lines(message)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
