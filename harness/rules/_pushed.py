"""Where the losses of hand-written steps drive the discriminator's verdicts, as the probe "pushes" tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.model import Roles
from harness.rules._evidence import Evidence


@dataclass(frozen=True)
class Driven:
    """One gradient: which players it moves, and where its loss drives what is said of either kind of example.

    A way is "up" or "down"; None where the loss does not care, or drives verdicts both ways.
    """

    line: int | None
    generator: bool
    discriminator: bool
    fake: str | None
    real: str | None


def driven(evidence: Evidence, pair: Roles) -> Iterator[Driven]:
    """The gradients of a pair's hand-written steps."""
    for probe in evidence.probes("pushes"):
        for step in probe.result.get("steps", ()):
            fed = [f for f in step["fed"] if f["model"] == pair.discriminator]
            yield Driven(
                step.get("line"),
                pair.generator in step["trained"],
                pair.discriminator in step["trained"],
                _way(f["pushed"] for f in fed if f["maker"] == pair.generator),
                _way(f["pushed"] for f in fed if f["maker"] is None),
            )


def _way(pushed: Iterator[str]) -> str | None:
    ways = set(pushed)
    return ways.pop() if len(ways) == 1 else None
