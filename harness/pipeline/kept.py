"""Reviews kept for the report, used again while nothing that decides them has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import harness
from harness.model import Article, Confinement, Coverage, Finding, Fix, Review, Severity, Verdict
from harness.pipeline.options import Options
from harness.report import Destination, Update
from harness.report.json import plain

_NAME = "review.json"


@dataclass(frozen=True)
class Seen:
    """A review with what the report shows of its trace."""

    review: Review
    updates: tuple[Update, ...]
    versions: Mapping[str, str]


def keep(folder: Path, seen: Seen, options: Options) -> None:
    """Keep a review in an article's results folder.  Raises OutputError."""
    folder.mkdir(parents=True, exist_ok=True)
    # The text is in the article, and the hash says whether it is still the same.
    bare = replace(seen.review, article=replace(seen.review.article, text=""))
    document = {
        "key": _key(seen.review.article, options),
        "review": asdict(bare),
        "updates": [asdict(one) for one in seen.updates],
        "versions": dict(seen.versions),
    }
    with Destination(folder / _NAME) as target:
        target.write(json.dumps(plain(document), indent=1) + "\n")


def kept(folder: Path, article: Article, options: Options) -> Seen | None:
    """The review that was kept; None where there is none, or it is another program's or article's."""
    try:
        found = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        if found["key"] != _key(article, options):
            return None
        return Seen(
            _review(found["review"], article),
            tuple(_update(one) for one in found["updates"]),
            {str(name): str(version) for name, version in found["versions"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # a file that cannot be used is as good as none: it is written anew


def _key(article: Article, options: Options) -> str:
    parts = (article.path, article.sha256, repr(options), _program())
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()


@cache
def _program() -> str:
    """All of this package that decides what a review finds."""
    root = Path(harness.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        # How a result is shown does not change it.
        if path.suffix in (".py", ".toml") and "report" not in path.relative_to(root).parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _review(found: Mapping[str, Any], article: Article) -> Review:
    how = found["confinement"]
    return Review(
        article=article,
        verdict=Verdict(found["verdict"]),
        reason=found["reason"],
        seconds=float(found["seconds"]),
        confinement=Confinement(**how) if how else None,
        coverage=Coverage(**found["coverage"]),
        findings=tuple(_finding(one) for one in found["findings"]),
        environment=found["environment"],
        notes=tuple(found["notes"]),
        peak_memory=found["peak_memory"],
    )


def _finding(found: Mapping[str, Any]) -> Finding:
    return Finding(
        **{
            **found,
            "severity": Severity(found["severity"]),
            "fix": Fix(**found["fix"]) if found["fix"] else None,
            "consequences": tuple(found["consequences"]),
        }
    )


def _update(found: Mapping[str, Any]) -> Update:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in found.items()
    }
    values["moved"] = tuple((str(name), float(change)) for name, change in found["moved"])
    values["losses"] = tuple(float(one) for one in found["losses"])
    return Update(**values)
