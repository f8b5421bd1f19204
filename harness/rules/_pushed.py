"""Where the losses of hand-written steps drive the discriminator's verdicts, as the probe "pushes" tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def discriminators_for_both(evidence: Evidence, pair: Roles) -> int | None:
    """The line of a gradient of the discriminator's loss that is taken for both players.

    The loss tells both kinds of example apart, and the generator's own drives its examples where this one
    drives the real.
    """
    both, own = _taken(evidence, pair, lambda step: step.generator)
    told_apart = (step for step in both if step.real is not None and step.real != step.fake)
    return next((step.line for step in told_apart if own == {step.real}), None)


def generators_for_both(evidence: Evidence, pair: Roles) -> int | None:
    """The line of a gradient of the generator's loss that is taken for both players.

    The loss is about generated examples alone, and drives them against the discriminator's own.
    """
    both, own = _taken(evidence, pair, lambda step: step.discriminator)
    alone = (step for step in both if step.real is None)
    return next((step.line for step in alone if len(own) == 1 and step.fake not in own), None)


def _taken(evidence: Evidence, pair: Roles, own: Callable[[Driven], bool]) -> tuple[list[Driven], set[str]]:
    """The gradients for both players, and the ways in which one player's own drive generated examples."""
    steps = [step for step in driven(evidence, pair) if step.fake is not None]
    both = [step for step in steps if step.generator and step.discriminator]
    ways = {step.fake for step in steps if own(step) and not (step.generator and step.discriminator)}
    return [step for step in both if step.line is not None], {way for way in ways if way is not None}


def _way(pushed: Iterator[str]) -> str | None:
    ways = set(pushed)
    return ways.pop() if len(ways) == 1 else None
