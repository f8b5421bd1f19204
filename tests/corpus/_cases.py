"""The corpus as data: correct programs, and the mistakes that are planted in them one at a time.

A file of ``programs/`` holds one program that deserves to be called correct and a list of mistakes.  A
mistake is "for X read Y" in the program's text, the operator that it is an instance of, the rule that names
its cause, and the line where that rule must speak.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "programs"


class CorpusError(Exception):
    """A file of the corpus that is wrong; the message names the file, the mistake and what to do."""


@dataclass(frozen=True)
class Mistake:
    """One mistake, planted in one program."""

    operator: str  # the kind of mistake, e.g. "label-of-fakes-changed"
    edits: tuple[tuple[str, str], ...]  # for, read; applied in order
    rule: str  # the rule that names the cause
    line: int  # where the finding must begin, in the program with the mistake


@dataclass(frozen=True)
class Program:
    """A correct program of the corpus."""

    name: str
    style: str
    says: str  # what it is, in a line
    kind: str  # "script" or "markdown"
    keras: int  # the major version that it is written for
    text: str
    traps: tuple[str, ...]  # what of it a careless reviewer would report
    check: str  # statements that fail unless the program has learned; "" where it is not in the sample
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Case:
    """One text to be reviewed; ``mistake`` is None for the correct program."""

    name: str
    program: Program
    mistake: Mistake | None
    text: str

    @property
    def digest(self) -> str:
        """Changes with the text, so that a result is known to be this text's."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


def programs() -> tuple[Program, ...]:
    """All programs, by name.  Raises CorpusError where a file is wrong."""
    return tuple(_program(path) for path in sorted(FOLDER.glob("*.toml")))


def cases() -> Iterator[Case]:
    """Every program as it is, followed by the same with each of its mistakes."""
    for program in programs():
        yield Case(program.name, program, None, program.text)
        seen: dict[str, int] = {}
        for mistake in program.mistakes:
            seen[mistake.operator] = seen.get(mistake.operator, 0) + 1
            number = f"-{seen[mistake.operator]}" if seen[mistake.operator] > 1 else ""
            name = f"{program.name}/{mistake.operator}{number}"
            yield Case(name, program, mistake, _changed(program.text, mistake.edits, name)[0])


def _program(path: Path) -> Program:
    try:
        held = tomllib.loads(path.read_text())
        text = held["program"].lstrip("\n")
        mistakes = tuple(_mistake(path, text, one) for one in held.get("mistake", ()))
        return Program(
            name=path.stem,
            style=held["style"],
            says=held["says"],
            kind=held.get("kind", "script"),
            keras=held.get("keras", 3),
            text=text,
            traps=tuple(held.get("traps", ())),
            check=held.get("check", "").lstrip("\n"),
            mistakes=mistakes,
        )
    except (KeyError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{path.name}: {type(error).__name__}: {error}") from error


def _mistake(path: Path, text: str, held: dict[str, Any]) -> Mistake:
    name = f"{path.name}, {held.get('operator')}"
    edits = tuple((one["for"], one["read"]) for one in held.get("edit", [held]))
    changed, line = _changed(text, edits, name)
    if "at" in held:
        lines = [n for n, row in enumerate(changed.split("\n"), start=1) if held["at"] in row]
        if len(lines) != 1:
            raise CorpusError(f"{name}: {held['at']!r} stands on the lines {lines}, expected exactly one.")
        line = lines[0]
    return Mistake(held["operator"], edits, held["rule"], line)


def _changed(text: str, edits: tuple[tuple[str, str], ...], name: str) -> tuple[str, int]:
    """The text with the edits made, and the line where the first one begins."""
    line = 0
    for before, after in edits:
        if text.count(before) != 1:
            raise CorpusError(
                f"{name}: {before!r} stands {text.count(before)} times in the text, expected 1."
            )
        line = line or text[: text.index(before)].count("\n") + 1
        text = text.replace(before, after)
    return text, line
