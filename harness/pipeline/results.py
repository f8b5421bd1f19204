"""Measured results that lie beside the programs: read where they are, never made up.

Results lie in folders, the first that has a result of the program as it is now is taken.  In each::

    SLUG/training.json, SLUG/digits-N.png    how a program learned: errata run SLUG --record
    SLUG/digits.png                          what a program itself saved: errata run SLUG
    bench.json, or any name in benchmarks/   errata bench --format json
    SLUG/proofs.json                         errata prove SLUG --record

A training's document names the program that it is of, by a digest::

    {"schema": 1, "program": "5e...", "learns": true, "lacks": [], "updates": [0, 120, 12000],
     "epochs": [0, 0.2, 20],
     "distances": {"Fréchet distance": [..], "coverage": [..]},
     "losses": {"epochs": [..], "series": {"d_loss": [..], "g_loss": [..]}},
     "digits": ["digits-0.png", "digits-1.png", "digits-2.png"], "how": {"keras": "3.15.1", ..}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.model import Ladder, MutantFate, Proof
from harness.report import Curves, Speed, Training

TRAINING, PROOFS = "training.json", "proofs.json"
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 2 * 2**20  # bytes of one picture


class ResultsError(Exception):
    """A results file that is not what it should be; the message names it."""


def training(folders: Sequence[Path], slug: str, program: str) -> Training | None:
    """What was measured while a program trained; None where nothing was.  Raises ResultsError.

    ``program`` is its digest: what was measured with another text of it is not shown as its own.
    """
    found = [path for folder in folders if (path := folder / slug / TRAINING).exists()]
    for path in found:
        if (document := _read(path)).get("program") == program:
            return _training(path, document)
    for folder in folders:
        if last := _picture(folder / slug / "digits.png"):
            return Training(digits=(("as the program saved them after training", last),))
    return Training(outdated=True) if found else None


def _training(path: Path, found: Mapping[str, Any]) -> Training:
    try:
        epochs = tuple(float(one) for one in found["epochs"])
        updates = [int(one) for one in found["updates"]]
        pictures = [
            (_moment(epoch, count), path.parent / Path(name).name)
            for epoch, count, name in zip(epochs, updates, found.get("digits", []), strict=False)
        ]
        losses = found.get("losses", {"epochs": [], "series": {}})
        return Training(
            losses=Curves(tuple(float(one) for one in losses["epochs"]), _series(losses["series"])),
            distances=Curves(epochs, _series(found.get("distances", {}))),
            digits=tuple((caption, data) for caption, file in pictures if (data := _picture(file))),
            learns=None if found.get("learns") is None else bool(found["learns"]),
            lacks=tuple(str(one) for one in found.get("lacks", [])),
            how=_how(found.get("how", {})),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(
            f"{path}: it is not of the expected form ({error!r}); remove it or make it anew"
        ) from None


def _moment(epoch: float, updates: int) -> str:
    if not updates:
        return "before training"
    made = f"after {updates:,} update{'' if updates == 1 else 's'}"
    return f"{made}: {epoch:.3g} epoch{'' if epoch == 1 else 's'}" if epoch >= 1 else made


def _how(how: Mapping[str, Any]) -> str:
    """The circumstances of a measurement, for a reader."""
    words = [f"{how['images']} drawn images at each moment"] if "images" in how else []
    if "keras" in how:
        words.append(f"Keras {how['keras']}" + (f" on {how['backend']}" if "backend" in how else ""))
    if "seed" in how:
        words.append(f"one training, seed {how['seed']}")
    return ", ".join(words)


def speeds(folders: Sequence[Path], slug: str) -> tuple[Speed, ...]:
    """The throughput of one program, from all benchmarks of the first folder that has some of it.

    Raises ResultsError.
    """
    for folder in folders:
        found = [one for path in _benchmarks(folder) for one in _speeds(path, slug)]
        if found:
            return tuple(found)
    return ()


def _benchmarks(folder: Path) -> list[Path]:
    """``bench.json``; in a folder of nothing but benchmarks every JSON file is one."""
    return sorted(folder.glob("bench.json" if folder.name != "benchmarks" else "*.json"))


def _speeds(path: Path, slug: str) -> list[Speed]:
    try:
        return [_speed(one) for one in _read(path)["programs"] if one["slug"] == slug]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(
            f"{path}: it is not of the expected form ({error!r}); run errata bench anew"
        ) from None


def _speed(one: Mapping[str, Any]) -> Speed:
    rate = one["images_per_second"] or {}
    return Speed(
        backend=str(one["backend"]),
        device=str(one["device"]),
        batch=int(one["batch"]),
        median=_number(rate.get("median")),
        iqr=_number(rate.get("iqr")),
        reference=_number(one.get("ratio_to_reference")),
        article_way=_number(one.get("ratio_to_article_way")),
        reference_rate=_rate(one.get("reference")),
        article_rate=_rate(one.get("article_way")),
        utilisation=_number(one.get("utilisation")),
        compile_seconds=_number(one.get("compile_seconds")),
        error=str(one.get("error") or ""),
    )


def _rate(other: Mapping[str, Any] | None) -> float | None:
    """Images a second of another way to train, where there is one and it could be measured."""
    return _number(((other or {}).get("images_per_second") or {}).get("median"))


def proofs(folders: Sequence[Path], slug: str, errata: str) -> dict[str, Proof]:
    """The proofs of an article's errata by id; nothing where none were kept.  Raises ResultsError.

    ``errata`` is their digest: proofs of errata that have been changed since prove nothing of these.
    """
    for path in (folder / slug / PROOFS for folder in folders):
        if path.exists() and (found := _read(path)).get("of") == errata:
            return _proofs(path, found)
    return {}


def _proofs(path: Path, found: Mapping[str, Any]) -> dict[str, Proof]:
    try:
        return {
            one["id"]: Proof(
                erratum=one["id"],
                title="",
                kind=one["kind"],
                ladder=Ladder(one["ladder"]),
                mutant=MutantFate(one["mutant"]),
                by=one["by"],
                ladder_seen=str(one["seen"]["ladder"]),
                mutant_seen=str(one["seen"]["mutant"]),
            )
            for one in found["errata"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            f"{path}: it is not of the expected form ({error!r}); run errata prove --record anew"
        ) from None


def _read(path: Path) -> Any:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: it is not JSON ({error}); remove it or make it anew") from None
    if not isinstance(found, dict) or found.get("schema") != 1:
        raise ResultsError(f'{path}: found no "schema": 1; remove it or make it anew')
    return found


def _series(found: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    return {str(name): tuple(float(one) for one in values) for name, values in found.items()}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _picture(path: Path) -> bytes | None:
    """A PNG of a sensible size; a program that nobody vouches for has written it."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
        return None
    data = path.read_bytes()
    return data if data.startswith(_PNG) else None
