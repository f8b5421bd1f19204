"""Measured results that lie beside the programs: read where they are, never made up.

``output/<slug>/training.json``::

    {"schema": 1, "learns": true, "epochs": [0, 5, 10],
     "losses": {"discriminator": [..], "generator": [..]},
     "distances": {"Fréchet distance": [..], "coverage": [..]},
     "digits": ["epoch-0.png", "epoch-5.png", "epoch-10.png"]}

``output/<slug>/digits.png`` is what ``errata run`` keeps; ``output/bench.json`` is what ``errata bench
--format json`` writes, ``output/proofs.json`` what ``errata prove --format json`` writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.model import Ladder, MutantFate, Proof
from harness.report import Speed, Training

_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 2 * 2**20  # bytes of one picture


class ResultsError(Exception):
    """A results file that is not what it should be; the message names it."""


def training(folder: Path) -> Training | None:
    """What was measured while a program trained; None where nothing was.  Raises ResultsError."""
    path = folder / "training.json"
    if not path.exists():
        last = _picture(folder / "digits.png")
        return Training((), {}, {}, (("after training", last),)) if last else None
    found = _read(path)
    try:
        epochs = tuple(float(one) for one in found["epochs"])
        pictures = [
            (f"epoch {epoch:g}", folder / Path(name).name)
            for epoch, name in zip(epochs, found.get("digits", []), strict=False)
        ]
        return Training(
            epochs=epochs,
            losses=_series(found.get("losses", {})),
            distances=_series(found.get("distances", {})),
            digits=tuple((caption, data) for caption, file in pictures if (data := _picture(file))),
            learns=None if found.get("learns") is None else bool(found["learns"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(
            f"{path}: it is not of the expected form ({error!r}); remove it or make it anew"
        ) from None


def speeds(output: Path, slug: str) -> tuple[Speed, ...]:
    """The throughput of one program; nothing where nothing was measured.  Raises ResultsError."""
    path = output / "bench.json"
    if not path.exists():
        return ()
    try:
        return tuple(_speed(one) for one in _read(path)["programs"] if one["slug"] == slug)
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            f"{path}: it is not of the expected form ({error!r}); run errata bench anew"
        ) from None


def _speed(one: Mapping[str, Any]) -> Speed:
    rate = one["images_per_second"]
    return Speed(
        backend=str(one["backend"]),
        device=str(one["device"]),
        batch=int(one["batch"]),
        median=float(rate["median"]),
        iqr=float(rate["iqr"]),
        reference=_number(one.get("ratio_to_reference")),
        article_way=_number(one.get("ratio_to_article_way")),
    )


def proofs(output: Path, slug: str) -> dict[str, Proof]:
    """The proofs of an article's errata by id; nothing where none were kept.  Raises ResultsError."""
    path = output / "proofs.json"
    if not path.exists():
        return {}
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
            for article in _read(path)["articles"]
            if article["slug"] == slug
            for one in article["errata"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            f"{path}: it is not of the expected form ({error!r}); run errata prove anew"
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
