"""One article on two versions of Keras: what broke in between, and what never worked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harness.model import Attribution, Finding, Review, Severity, Verdict

_SETTLED = (Verdict.CLEAN, Verdict.FAULTY)
_MOST_NAMED = 6


def compared(newer: Review, older: Review) -> Review:
    """``newer`` with each finding attributed by ``older``, the same article on an older Keras.

    What only the older Keras shows is named in a note: it is no mistake of the article today.
    """
    return replace(
        newer,
        findings=tuple(_attributed(found, older) for found in newer.findings),
        seconds=newer.seconds + older.seconds,
        cached=None if newer.cached is None or older.cached is None else newer.cached + older.cached,
        notes=(*newer.notes, *_notes(newer, older)),
    )


def _attributed(found: Finding, older: Review) -> Finding:
    attribution = _attribution(found, older)
    if attribution is None or found.severity is Severity.NOTE:
        return replace(found, attribution=attribution)
    # In the message every report shows it.
    return replace(found, attribution=attribution, message=f"{found.message} {_WORDS[attribution](older)}")


def _version(older: Review) -> str:
    return f"Keras {older.environment.get('keras') or 2}"


_WORDS: Mapping[Attribution, Callable[[Review], str]] = {
    Attribution.BROKEN_SINCE: lambda older: f"On {_version(older)} it works: it has been broken since.",
    Attribution.SAME_BEFORE: lambda older: f"On {_version(older)} it is the same.",
}


def _attribution(found: Finding, older: Review) -> Attribution | None:
    if any(_same(found, other) for other in older.findings):
        return Attribution.SAME_BEFORE
    # Silence tells only where the lines were really reached and nothing else was wrong with them.
    lines = range(found.line, max(found.line, found.end_line) + 1)
    hidden = any(
        not set(other.consequences).isdisjoint(lines) or (other.line in lines and _stops(other))
        for other in older.findings
    )
    settled = older.verdict in _SETTLED and not hidden and older.coverage.executed > 0
    return Attribution.BROKEN_SINCE if settled else None


def _stops(found: Finding) -> bool:
    return found.severity is Severity.ERROR


def _same(found: Finding, other: Finding) -> bool:
    return (
        found.rule == other.rule
        and found.line <= max(other.line, other.end_line)
        and (other.line <= max(found.line, found.end_line))
    )


def _notes(newer: Review, older: Review) -> list[str]:
    version = _version(older)
    if older.verdict not in _SETTLED:
        return [f"On {version} the review is {older.verdict.value}: {older.reason}."]
    alone = [
        found
        for found in older.findings
        if found.severity is not Severity.NOTE and not any(_same(found, other) for other in newer.findings)
    ]
    if not alone:
        return [f"Compared with {version}."]
    named = ", ".join(f"line {found.line} {found.rule}" for found in alone[:_MOST_NAMED])
    more = f" and {len(alone) - _MOST_NAMED} more" if len(alone) > _MOST_NAMED else ""
    return [f"Compared with {version}, which alone shows {named}{more}."]
