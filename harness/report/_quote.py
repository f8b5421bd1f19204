"""One finding as plain text: its place, the article's own lines, what was found, what to read."""

from __future__ import annotations

from harness.model import Finding
from harness.report._clean import clean, clean_lines, split_lines
from harness.report._reviews import cell, quoted_lines


def quoted(text: str, found: Finding, path: str) -> str:
    """``path:line: severity rule``, then the lines of ``text`` it is about and its message."""
    inside = f" ({where})" if (where := cell(found)) else ""
    return "\n".join(
        [f"{clean(path)}:{found.line}: {found.severity} {clean(found.rule)}{inside}", *body(text, found)]
    )


def body(text: str, found: Finding) -> list[str]:
    """The article's lines, the message, and the replacement where one is known."""
    printed = quoted_lines(found, split_lines(text))
    told = [f"{number:>7} | {clean(line)}" for number, line in printed]
    told += clean_lines(found.message.strip())
    if found.fix:
        told += [f"{'for':>7} | {line}" for line in clean_lines(found.fix.before)]
        told += [f"{'read':>7} | {line}" for line in clean_lines(found.fix.after)]
    return told
