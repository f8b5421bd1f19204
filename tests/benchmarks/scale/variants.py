"""What is compared: commands that review or execute the same articles."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from harness.data.full import full_archive
from harness.model import Budget
from tests.benchmarks.scale import corpus, floor
from tests.benchmarks.scale.watching import Measured, run

ROOT = Path(__file__).parents[3]
_ERRATA = (sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())", "review")
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:errata")
_CELL_SECONDS = 60  # nbmake leaves a cell then; full-length training would take hours


class VariantError(Exception):
    """A command that measured nothing; the message holds its last words."""


@dataclass(frozen=True)
class Bench:
    """Where everything lies that one run of the benchmark makes."""

    folder: Path

    def review(self, articles: Path, *options: str, looks: bool = False) -> Measured:
        """``errata review`` with options."""
        command = [*_ERRATA, str(articles), "--format", "json", *options]
        return self._run(command, looks=looks)

    def imports(self, count: int) -> Measured:
        """So many plain imports of TensorFlow, one after the other."""
        once = f"{sys.executable} -c 'import tensorflow'"
        return self._run(["sh", "-ec", "\n".join([once] * count)])

    def floor(self, articles: list[Path]) -> Measured:
        """The articles' own work in one process."""
        return self._run(_floor(articles), went_well={0})

    def floors(self, articles: list[Path], copies: int) -> Measured:
        """The same in so many processes at once, each with one thread for an operation, as a review."""
        once = shlex.join(["env", "TF_NUM_INTRAOP_THREADS=1", "OMP_NUM_THREADS=1", *_floor(articles)])
        script = f'{once} &\npids="$pids $!"\n' * copies + "for pid in $pids; do wait $pid; done"
        return self._run(["sh", "-ec", script], went_well={0})

    def nbmake(self, articles: list[Path], jobs: int) -> Measured:
        """nbmake on the articles as notebooks."""
        place = self.folder / f"notebooks-{len(articles)}"
        if not place.exists():
            corpus.notebooks(articles, place, self._data())
        options = ["--nbmake", f"--nbmake-timeout={_CELL_SECONDS}", *_side_by_side(jobs)]
        return self._run([*_PYTEST, *options, str(place)])

    def markdown_docs(self, articles: list[Path], jobs: int) -> Measured:
        """pytest-markdown-docs on the articles; it keeps all of them in one process."""
        place = self.folder / f"documents-{len(articles)}"
        if not place.exists():
            corpus.documents(articles, place, self._data())
        return self._run(
            [*_PYTEST, "--markdown-docs", *_side_by_side(jobs), f"--rootdir={place}", str(place)]
        )

    def _data(self) -> str:
        """All images, as a review and a reader have them."""
        return f"MNIST = {str(full_archive().path)!r}\nIMAGES = None\n{floor.DATA}"

    def _run(
        self, command: list[str], *, looks: bool = False, went_well: Collection[int] = frozenset({0, 1})
    ) -> Measured:
        """``went_well``: 1 says that there are findings, or tests that failed, as they should."""
        environment = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        environment["XDG_CACHE_HOME"] = str(self.folder / "cache")
        self.folder.joinpath("cache").mkdir(exist_ok=True)
        # Articles write files, and pytest looks for settings, where they are started.
        place = self.folder / "work"
        place.mkdir(exist_ok=True)
        measured = run(command, place, environment, looks=looks)
        if measured.status not in went_well:
            words = (measured.output + measured.complaints).decode(errors="replace")[-2000:]
            raise VariantError(f"{' '.join(command)[:300]}: status {measured.status}\n{words}")
        return measured


def _floor(articles: list[Path]) -> list[str]:
    data, updates = str(full_archive().path), str(Budget().updates)
    return [sys.executable, "-m", floor.__name__, updates, data, *map(str, articles)]


def _side_by_side(jobs: int) -> list[str]:
    return ["-n", str(jobs)] if jobs > 1 else ["-p", "no:xdist"]
