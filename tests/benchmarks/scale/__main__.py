"""Measures reviews of many articles, and writes docs/benchmarks/scale.md from its own output.

``python -m tests.benchmarks.scale`` takes about an hour on two idle cores, ``--quick`` a few minutes;
both need ``pip install 'errata[cluster,compare]'``.  Status 1 says that something that has to hold does not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.benchmarks.scale import corpus
from tests.benchmarks.scale.page import OURS, PACKAGES, Results, render, targets
from tests.benchmarks.scale.variants import ROOT, Bench
from tests.benchmarks.scale.watching import Measured


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int
    many: int  # articles with one job, with two, and on a cluster
    few: int  # articles for the tools that take longer
    counts: tuple[int, ...]


FULL = Size(rounds=3, many=50, few=10, counts=(10, 100, 1000))
QUICK = Size(rounds=1, many=10, few=5, counts=(5, 10, 20))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, and fewer articles")
    parser.add_argument(
        "--articles", type=Path, default=ROOT / "articles", metavar="DIR", help="what is varied"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks/scale.md", metavar="FILE")
    arguments = parser.parse_args()
    for package in PACKAGES:
        try:
            version(package)
        except PackageNotFoundError:
            parser.error(f"{package} is not installed; next: pip install 'errata[cluster,compare]'")
    with tempfile.TemporaryDirectory(prefix="errata-scale-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        results = measure(QUICK if arguments.quick else FULL, arguments.articles, folder)
    results.command = "python -m tests.benchmarks.scale" + (" --quick" if arguments.quick else "")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(render(results), encoding="utf-8")
    missed = [target for target in targets(results) if not target.met]
    for target in missed:
        tell(f"missed: {target.what}: {target.found}, wanted {target.wanted}")
    return 1 if missed else 0


def measure(size: Size, articles: Path, folder: Path) -> Results:
    """All of it, the compared commands taking turns."""
    bench, base = Bench(folder), corpus.base(articles)
    results = Results("", len(base), many=size.many, few=size.few)
    corpus.varied(base, len(base), folder / "base")
    five = sorted((folder / "base").iterdir())
    bench.review(folder / "base", "--jobs", "1")  # fills the cache, and the machine's own
    for number in range(size.rounds):
        tell(f"round {number + 1}: {len(five)} articles")
        took(results.five, "imports", bench.imports(len(five)))
        took(results.five, "cold", bench.review(folder / "base", "--no-cache", "--jobs", "1", "--cold"))
        took(results.five, "warm", bench.review(folder / "base", "--no-cache", "--jobs", "1"))
        took(results.five, "warm, a job a core", bench.review(folder / "base", "--no-cache"))
        took(results.five, "cached", bench.review(folder / "base"))
        took(results.five, "floor", bench.floor(five))
        took(results.five, "nbmake", bench.nbmake(five, 1))
        took(results.five, "pytest-markdown-docs", bench.markdown_docs(five, 1))
    many = folder / "many"
    some = corpus.varied(base, size.many, many)[: size.few]
    for number in range(size.rounds):
        tell(f"round {number + 1}: side by side")
        journal = ["--journal", str(folder / f"journal-{number}"), "--cluster", "local", "--jobs", "2"]
        took(results.side_by_side, "1 job", bench.review(many, "--no-cache", "--jobs", "1"))
        took(results.side_by_side, "2 jobs", bench.review(many, "--no-cache", "--jobs", "2"))
        took(results.side_by_side, "cluster of 2 workers", bench.review(many, "--no-cache", *journal))
        took(results.side_by_side, "floor", bench.floors(some, 1))
        took(results.side_by_side, "2 floors at once", bench.floors(some, 2))
        took(results.side_by_side, "nbmake", bench.nbmake(some, 1))
        took(results.side_by_side, "nbmake, 2 processes", bench.nbmake(some, 2))
        took(results.side_by_side, "pytest-markdown-docs, 2 processes", bench.markdown_docs(some, 2))
    reviews = [rounds for name, rounds in results.side_by_side.items() if name in OURS]
    results.same_output = len({told(one) for rounds in reviews for one in rounds}) == 1
    for count in size.counts:
        tell(f"{count} articles")
        place = folder / f"count-{count}"
        corpus.varied(base, count, place)
        results.counts[count] = bench.review(place, "--no-cache", "--jobs", "2", looks=True)
    return results


def took(kept: dict[str, list[Measured]], name: str, measured: Measured) -> None:
    """Keep what a round has given."""
    tell(f"  {name}: {measured.seconds:.2f} s, {measured.cpu_seconds:.2f} CPU s, load {measured.load:.1f}")
    for line in measured.complaints.decode(errors="replace").splitlines()[-5:] if name in OURS else []:
        tell(f"    {line}")
    kept.setdefault(name, []).append(measured)


def told(measured: Measured) -> str:
    """What a review has written, without the times."""
    document: dict[str, Any] = json.loads(measured.output)
    for review in document["reviews"]:
        del review["seconds"], review["cached"]
    return json.dumps(document, sort_keys=True)


def tell(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
