"""From the repairs that let a run go on to the places in the article that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.model import Fault, Fix, Repair
from harness.rules._evidence import Evidence, Match

_INSTALL = re.compile(r"pip3? install (?:--?\w[\w-]* )*[`'\"]?([A-Za-z_]\w*)")
_FETCHED = re.compile(r"\b(?:applications|hub|load_model|from_pretrained)\b")
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")


LEFT = "leave out what needs it, or write it anew"  # where a removed thing has no successor


def mended(
    evidence: Evidence, rule: str, message: Callable[[Repair, Mapping[str, Any]], str]
) -> Iterator[Match]:
    """One match for every repair made in the name of ``rule``."""
    for repair in evidence.repairs:
        if repair.rule != rule or repair.line is None:
            continue
        line, end_line, before = _place(evidence, repair, repair.line)
        explains = () if repair.fault is None else (repair.fault,)
        yield Match(
            line,
            message(repair, repair.evidence),
            end_line=end_line,
            evidence=repair.evidence,
            # Where more is to be done than to put in the new words, these alone are no fix.
            fix=None
            if repair.evidence.get("remark")
            else _fix(evidence, before, repair.after, line, end_line),
            explains=(*explains, *_faults_of_names(evidence, repair.evidence.get("dropped", ()))),
        )


def pretrained_in_place(evidence: Evidence) -> bool:
    """Whether random weights stood in for pretrained ones: then numbers on the way through say nothing."""
    return any(repair.rule == "needs-network" for repair in evidence.repairs)


def fetched(evidence: Evidence) -> bool:
    """Whether the text takes networks from elsewhere, which were trained before on data of any range."""
    return bool(_FETCHED.search(evidence.listing.text))


def undefined_name(fault: Fault) -> str | None:
    """The name that a fault complains of, where it is about an undefined name at all."""
    found = _UNDEFINED.search(fault.message)
    if found:
        return found.group(1)
    return fault.name if fault.type == "NameError" else None


def dropped_names(evidence: Evidence) -> set[str]:
    """Names that a repaired import had to leave out, because no module has them any more."""
    return {name for repair in evidence.repairs for name in repair.evidence.get("dropped", ())}


def _faults_of_names(evidence: Evidence, names: list[str] | tuple[str, ...]) -> tuple[int, ...]:
    return tuple(fault.seq for fault in evidence.faults if names and undefined_name(fault) in names)


def _place(evidence: Evidence, repair: Repair, line: int) -> tuple[int, int, str]:
    """The lines of the replaced text and the text itself, as printed.

    An earlier repair of the same statement may have rewritten the text: it is then undone.  Where
    the text is not found all the same, the lines are those of the whole statement.
    """
    candidates = [repair.before]
    # What has been taken out of the statement before has left it with fewer lines than the article has.
    last = max([repair.end_line, *(each.end_line for each in evidence.repairs if each.line == repair.line)])
    for earlier in reversed(evidence.repairs):
        if earlier.seq < repair.seq and earlier.line == repair.line and earlier.after:
            candidates.append(candidates[-1].replace(earlier.after, earlier.before))
    for text in candidates:
        extent = text.count("\n")
        for number in range(line, last + 1):
            if text and text in "\n".join(evidence.lines[number - 1 : number + extent]):
                return number, number + extent, text
    return line, repair.end_line, repair.before


def _fix(evidence: Evidence, before: str, after: str, line: int, end_line: int) -> Fix | None:
    printed = "\n".join(evidence.lines[line - 1 : end_line])
    return Fix(before, after) if before in printed else None


def lacking(name: str, evidence: Mapping[str, Any]) -> str:
    """That a name is gone, or was never there: `` `keras.objectives` is gone since Keras 2.1``.

    ``evidence`` has the version as "removed_in" and, where only plain Keras had the thing, that as "only".
    """
    if evidence.get("only"):
        return (
            f"`{name}` never existed (plain Keras had `{evidence['only']}` before {evidence['removed_in']})"
        )
    return f"`{name}` is gone{gone(evidence['removed_in'])}"


def gone(removed: str, otherwise: str = "") -> str:
    """ " since Keras 3.0", or `` otherwise`` where the version is not known."""
    words = f"since {removed}" if removed else otherwise
    return f" {words}" if words else ""


def missing_package(fault: Fault) -> str | None:
    """The top-level package that an import did not find."""
    if fault.repaired:
        return None
    if fault.type == "ModuleNotFoundError":
        return fault.name if fault.name and "." not in fault.name else None
    # Libraries say so themselves where they import a package only when it is needed.
    asked = _INSTALL.search(fault.message) if fault.type == "ImportError" else None
    return asked.group(1) if asked else None
