"""``errata.toml`` read strictly: every field known, present, of its type, and saying something."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.model import Severity

KINDS = ("crash", "api-drift", "silent", "slow", "prose", "modernise")
_REQUIRED = (
    "id", "title", "kind", "severity", "lines", "for", "read", "why", "symptom", "works_before", "source",
)  # fmt: skip
_OPTIONAL = ("mutant",)
_SYMPTOM = ("exception", "message", "rule", "evidence", "figure")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_VERSION = re.compile(r"never|[A-Z][A-Za-z. ]* \d+(\.\d+)*")


class ErrataError(Exception):
    """A catalogue, article or fixed file that is not as it must be; the message says where and why."""


@dataclass(frozen=True)
class Edit:
    """For ``before``, which stands exactly once, read ``after``."""

    before: str
    after: str


@dataclass(frozen=True)
class Symptom:
    """How a fault shows: an exception, a rule's finding, or a measured figure.

    ``message`` and ``evidence`` are regular expressions, searched for in the exception's words and
    in the finding's message and evidence.
    """

    exception: str | None = None
    message: str | None = None
    rule: str | None = None
    evidence: str | None = None
    figure: str | None = None

    @property
    def by(self) -> str:
        """What convicts: the rule, else the exception, else the figure."""
        return self.rule or self.exception or self.figure or ""


@dataclass(frozen=True)
class Source:
    """The documentation or paper that settles an erratum."""

    title: str
    url: str


@dataclass(frozen=True)
class Mutation:
    """How the bug is brought back into the fixed article where undoing the edit is not the way."""

    edits: tuple[Edit, ...]
    symptom: Symptom


@dataclass(frozen=True)
class Erratum:
    """A confirmed bug of an article we keep: for X read Y, with symptom, cause and proof."""

    id: str
    title: str
    kind: str
    severity: Severity
    lines: tuple[int, ...]  # of the verbatim article, in order
    edit: Edit
    why: str
    symptom: Symptom
    works_before: str  # a version, e.g. "Keras 3.0": it worked before that one; or "never"
    source: Source
    mutation: Mutation | None = None

    @property
    def is_bug(self) -> bool:
        return self.kind != "modernise"

    @property
    def changes_code(self) -> bool:
        """Whether a run can prove it: prose needs no run, a modernisation is no bug."""
        return self.kind not in ("prose", "modernise")


def load(folder: Path) -> tuple[Erratum, ...]:
    """The errata of an article's folder, in the order in which they are applied."""
    path = folder / "errata.toml"
    place = f"{folder.name}/errata.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ErrataError(f"{place}: there is no such file; `errata new` makes one.") from None
    except UnicodeDecodeError as error:
        raise ErrataError(f"{place}: it is not UTF-8 (byte {error.start}).") from None
    return parse(text, place)


def parse(text: str, place: str = "errata.toml") -> tuple[Erratum, ...]:
    """The errata that a catalogue's text holds.  Raises ErrataError naming entry and field."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ErrataError(f"{place}: it is not TOML: {error}.") from None
    unknown = sorted(set(table) - {"erratum"})
    entries = table.get("erratum", [])
    if unknown or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        found = f"found {', '.join(map(repr, unknown))}" if unknown else "found something else"
        raise ErrataError(f"{place}: {found}; expected [[erratum]] entries and nothing else.")
    errata = tuple(_erratum(entry, f"{place}: erratum {n}") for n, entry in enumerate(entries, 1))
    seen: dict[str, int] = {}
    for n, erratum in enumerate(errata, 1):
        if erratum.id in seen:
            raise ErrataError(f"{place}: errata {seen[erratum.id]} and {n} have the same id '{erratum.id}'.")
        seen[erratum.id] = n
    return errata


def _erratum(entry: Mapping[str, Any], place: str) -> Erratum:
    if isinstance(entry.get("id"), str):
        place = f"{place} '{entry['id']}'"
    _fields(entry, _REQUIRED, _OPTIONAL, place)
    name, kind, severity = (
        _text(entry, "id", place),
        _text(entry, "kind", place),
        _text(entry, "severity", place),
    )
    if not _ID.fullmatch(name):
        raise ErrataError(f"{place}: id {name!r}, expected small letters and digits joined by '-'.")
    _one_of(kind, KINDS, "kind", place)
    _one_of(severity, [s.value for s in Severity], "severity", place)
    works = _text(entry, "works_before", place)
    if not _VERSION.fullmatch(works):
        raise ErrataError(f"{place}: works_before {works!r}, expected 'never' or a version as 'Keras 3.0'.")
    symptom = _symptom(entry["symptom"], f"{place}: symptom")
    return Erratum(
        id=name,
        title=_text(entry, "title", place),
        kind=kind,
        severity=Severity(severity),
        lines=parse_lines(entry["lines"], place),
        edit=_edit(entry, place),
        why=_text(entry, "why", place).strip(),
        symptom=symptom,
        works_before=works,
        source=_source(entry["source"], f"{place}: source"),
        mutation=_mutation(entry["mutant"], symptom, f"{place}: mutant") if "mutant" in entry else None,
    )


def _fields(entry: object, required: tuple[str, ...], optional: tuple[str, ...], place: str) -> None:
    if not isinstance(entry, dict):
        raise ErrataError(f"{place}: found {entry!r}, expected a table.")
    known = (*required, *optional)
    for field in entry:
        if field not in known:
            raise ErrataError(f"{place}: unknown field '{field}'; the fields are {', '.join(known)}.")
    missing = [field for field in required if field not in entry]
    if missing:
        raise ErrataError(f"{place}: missing field {', '.join(repr(field) for field in missing)}.")


def _text(entry: Mapping[str, Any], field: str, place: str, *, empty: bool = False) -> str:
    value = entry[field]
    if not isinstance(value, str) or not (empty or value.strip()):
        raise ErrataError(f"{place}: {field} is {value!r}, expected a text.")
    if "FIXME" in value:
        raise ErrataError(f"{place}: {field} is still a draft; replace its FIXME.")
    return value


def _one_of(value: str, allowed: list[str] | tuple[str, ...], field: str, place: str) -> None:
    if value not in allowed:
        raise ErrataError(f"{place}: {field} {value!r}, expected one of {', '.join(allowed)}.")


def parse_lines(value: object, place: str) -> tuple[int, ...]:
    """Article lines written as ``61-62, 68``."""
    wrong = ErrataError(f"{place}: lines {value!r}, expected article lines as '62' or '61-62, 68'.")
    if not isinstance(value, str):
        raise wrong
    lines: set[int] = set()
    for part in value.split(","):
        found = _RANGE.fullmatch(part.strip())
        first = int(found[1]) if found else 0
        last = int(found[2] or first) if found else 0
        if not 0 < first <= last:
            raise wrong
        lines.update(range(first, last + 1))
    return tuple(sorted(lines))


def _edit(entry: Mapping[str, Any], place: str) -> Edit:
    edit = Edit(_text(entry, "for", place), _text(entry, "read", place, empty=True))
    if edit.before == edit.after:
        raise ErrataError(f"{place}: 'for' and 'read' are the same text.")
    return edit


def _symptom(entry: Any, place: str) -> Symptom:
    _fields(entry, (), _SYMPTOM, place)
    values = {field: _text(entry, field, place) for field in entry}
    if not values.keys() & {"exception", "rule", "figure"}:
        raise ErrataError(f"{place}: it needs an exception, a rule or a figure.")
    for field in ("message", "evidence"):
        try:
            re.compile(values.get(field, ""))
        except re.error as error:
            raise ErrataError(f"{place}: {field} is no regular expression: {error}.") from None
    return Symptom(**values)


def _source(entry: Any, place: str) -> Source:
    _fields(entry, ("title", "url"), (), place)
    source = Source(_text(entry, "title", place), _text(entry, "url", place))
    if not source.url.startswith("https://"):
        raise ErrataError(f"{place}: url {source.url!r}, expected one that begins with https://.")
    return source


def _mutation(entry: Any, symptom: Symptom, place: str) -> Mutation:
    """One edit (``for``/``read``) or several (``edits``), and how it shows where that differs."""
    several = isinstance(entry, dict) and "edits" in entry
    _fields(entry, ("edits",) if several else ("for", "read"), ("symptom",), place)
    pairs = entry["edits"] if several else [{"for": entry["for"], "read": entry["read"]}]
    if not isinstance(pairs, list) or not pairs:
        raise ErrataError(f"{place}: edits is {pairs!r}, expected a list of {{for, read}}.")
    for pair in pairs:
        _fields(pair, ("for", "read"), (), place)
    shown = _symptom(entry["symptom"], f"{place}: symptom") if "symptom" in entry else symptom
    return Mutation(tuple(_edit(pair, place) for pair in pairs), shown)
