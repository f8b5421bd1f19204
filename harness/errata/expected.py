"""Faults that a known-bad article is expected to have, declared beside it and never in it.

``guide.md`` has them in ``guide.md.errata-expected.toml``::

    [[expected]]
    rule = "removed-module"       # errata explain lists the rules
    lines = "22"                  # optional: where; "61-62, 68" names several
    message = "keras.layers.core" # optional: a pattern in what the finding says

An article under care (``articles/<slug>/article.md``) has its errata instead.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errata.catalogue import ErrataError, Symptom, load, parse_lines
from harness.errata.symptoms import symptom_occurs
from harness.model import Finding

SUFFIX = ".errata-expected.toml"
_FIELDS = ("rule", "lines", "message")


@dataclass(frozen=True)
class Expected:
    """A fault that is to occur, at these article lines where any are named."""

    name: str
    symptom: Symptom
    lines: tuple[int, ...]
    declared: str  # file and entry, for people
    required: bool = True  # False: it may hide behind an earlier erratum

    def among(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """The findings that show it."""
        return tuple(one for one in findings if self._there(one) and symptom_occurs(self.symptom, [one]))

    def _there(self, found: Finding) -> bool:
        return not self.lines or any(found.line <= line <= found.end_line for line in self.lines)


def expected_faults(article: Path) -> tuple[Expected, ...]:
    """What is declared beside an article; nothing where nothing is.  Raises ErrataError."""
    sidecar = article.with_name(article.name + SUFFIX)
    if sidecar.exists():
        return _sidecar(sidecar)
    if article.name == "article.md" and (article.parent / "errata.toml").exists():
        return _errata(article.parent)
    return ()


def _sidecar(path: Path) -> tuple[Expected, ...]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ErrataError(f"{path.name}: it is not TOML in UTF-8: {error}.") from None
    entries = table.get("expected")
    if set(table) != {"expected"} or not isinstance(entries, list):
        raise ErrataError(
            f"{path.name}: found {sorted(table)}, expected [[expected]] entries and nothing else."
        )
    return tuple(_entry(entry, f"{path.name}: entry {n}") for n, entry in enumerate(entries, 1))


def _entry(entry: object, place: str) -> Expected:
    if not isinstance(entry, dict) or not isinstance(entry.get("rule"), str):
        raise ErrataError(f'{place}: it names no rule; expected rule = "name-of-the-rule".')
    for field, value in entry.items():
        if field not in _FIELDS or not isinstance(value, str):
            raise ErrataError(f"{place}: {field} = {value!r}; expected texts for {', '.join(_FIELDS)}.")
    message = entry.get("message")
    try:
        re.compile(message or "")
    except re.error as error:
        raise ErrataError(f"{place}: message is no regular expression: {error}.") from None
    lines = parse_lines(entry["lines"], place) if "lines" in entry else ()
    return Expected(entry["rule"], Symptom(rule=entry["rule"], evidence=message), lines, place)


def _errata(folder: Path) -> tuple[Expected, ...]:
    """The errata's symptoms.  Only the first one must show in the article as printed: the others may
    hide behind those before them, and ``errata prove`` shows each in its turn."""
    place = f"{folder.name}/errata.toml"
    runnable = [one for one in load(folder) if one.symptom.figure is None]
    return tuple(
        Expected(one.id, one.symptom, one.lines, f"{place}: {one.id}", required=number == 0)
        for number, one in enumerate(runnable)
    )
