"""Programs to throughput: which programs, behind which walls, into one document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.data.full import full_archive
from harness.errata import ErrataError
from harness.measure.throughput import benchmarks, hand, machine
from harness.measure.throughput.conductor import Conductor
from harness.measure.throughput.hand import WorkerFailed
from harness.measure.throughput.plan import FULL, QUICK, Effort, Subject
from harness.measure.throughput.results import Limit
from harness.measure.throughput.ways import WayError, read_way
from harness.model import Sandbox
from harness.pipeline.options import Options
from harness.pipeline.reviewing import open_sandbox
from harness.sandbox import SandboxUnavailable
from harness.sandbox.warm import open_warm

EFFORTS: Mapping[str, Effort] = {"quick": QUICK, "full": FULL}


@dataclass
class Bench:
    """A document that grows: after each row it holds all that was measured so far."""

    machine: dict[str, Any]
    command: str
    effort: str
    confinement: str
    limits: list[dict[str, Any]] = field(default_factory=list)
    programs: list[dict[str, Any]] = field(default_factory=list)
    finished: bool = False

    def document(self) -> dict[str, Any]:
        """As ``errata bench --format json`` writes it; pytest-benchmark reads it too."""
        return {
            "schema": 1,
            "machine": self.machine,
            "command": self.command,
            "effort": self.effort,
            "confinement": self.confinement,
            "complete": self.finished,
            "limits": self.limits,
            "programs": self.programs,
            **benchmarks.as_pytest_benchmark(self.machine, self.programs),
        }


def subjects(
    folders: Sequence[Path], fixed: Path, backends: Sequence[str], device: str
) -> tuple[Subject, ...]:
    """The corrected programs of these articles on these backends.

    Raises ErrataError where a program is missing or its ``bench.toml`` is not what it should be.
    """
    found = []
    for folder in folders:
        program = fixed / f"{folder.name}.py"
        try:
            text = program.read_text(encoding="utf-8")
            way = read_way(folder / "bench.toml")
        except OSError as error:
            raise ErrataError(f"{program}: it cannot be read ({error.strerror}); see errata apply") from error
        except WayError as error:
            raise ErrataError(str(error)) from error
        found += [Subject(folder.name, text, way, backend, device) for backend in backends]
    return tuple(found)


def bench(
    chosen: Sequence[Subject],
    options: Options,
    effort: str = "full",
    progress: Callable[[str], None] | None = None,
) -> Iterator[Bench]:
    """Measure programs; the same growing document is given after each row, and once more at the end.

    Raises SandboxUnavailable without a sandbox, DataError without images.
    """
    sandbox = open_sandbox(options.unsafe)
    made = Bench(
        machine.fingerprint(), _command(chosen, effort, options), effort, sandbox.confinement.backend
    )
    mnist = full_archive(options.mnist).path
    with sandboxes(sandbox, mnist) as sandbox_of:
        conductor = Conductor(sandbox_of, mnist, EFFORTS[effort], progress or (lambda step: None))
        yield from _rows(made, conductor, chosen)
    made.finished = True
    made.machine["load_after"] = machine.load()
    yield made


@contextmanager
def sandboxes(sandbox: Sandbox, mnist: Path) -> Iterator[Callable[[str, str], Sandbox]]:
    """Gives the sandbox for a backend and a device.

    Workers on TensorFlow and a CPU are forks of one process that has imported it: each of them by itself
    would take seconds for that, which are no part of what is measured.
    """
    opened: dict[tuple[str, str], Sandbox] = {}
    with ExitStack() as stack:

        def of(backend: str, device: str) -> Sandbox:
            place = (backend, device)
            if place == ("tensorflow", "cpu") and place not in opened:
                opened[place] = sandbox
                with suppress(SandboxUnavailable):  # then each starts afresh
                    surroundings = hand.environment(backend, device)
                    warm = open_warm(sandbox, hand.COMMAND, surroundings, hand.readable(mnist))
                    stack.callback(warm.close)
                    opened[place] = warm
            return opened.get(place, sandbox)

        yield of


def _rows(made: Bench, conductor: Conductor, chosen: Sequence[Subject]) -> Iterator[Bench]:
    """Measure the programs one after the other, after the limits of the devices that they run on."""
    known: dict[tuple[str, str], Mapping[str, Limit] | None] = {}

    def limits(subject: Subject) -> Mapping[str, Limit] | None:
        place = (subject.backend, subject.device)
        if place not in known:
            try:
                known[place] = conductor.limits(*place)
                made.limits.append(_limits(place, known[place] or {}))
            except WorkerFailed as error:
                known[place] = None
                made.limits.append({"backend": place[0], "device": place[1], "error": str(error)})
        return known[place]

    for row in conductor.rows(chosen, limits):
        made.programs.append(dict(row.document))
        yield made


def _command(chosen: Sequence[Subject], effort: str, options: Options) -> str:
    """The command that measures this again."""
    words = ["errata bench", *dict.fromkeys(subject.slug for subject in chosen)]
    words += ["--quick"] if effort == "quick" else []
    words += ["--backend", ",".join(dict.fromkeys(subject.backend for subject in chosen))]
    words += ["--device", *dict.fromkeys(subject.device for subject in chosen)]
    return " ".join([*words, *(["--unsafe"] if options.unsafe else [])])


def _limits(place: tuple[str, str], found: Mapping[str, Limit]) -> dict[str, Any]:
    return {
        "backend": place[0],
        "device": place[1],
        "name": found["matmul"].device,
        "flops_per_second": found["matmul"].spread.as_json(),
        "bytes_per_second": found["copy"].spread.as_json(),
    }
