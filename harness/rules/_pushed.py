"""Where the losses of hand-written steps drive the discriminator's verdicts, as the probe "pushes" tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
    # What a model of both puts out is the verdict on a generated example.
    whole = {
        m.model for m in evidence.models.values() if {pair.generator, pair.discriminator} <= {*m.contains}
    }
    for step in _steps(evidence):
        fed = [f for f in step["fed"] if f["model"] == pair.discriminator]
        of_both = [f["pushed"] for f in step["fed"] if f["model"] in whole]
        yield Driven(
            step.get("line"),
            pair.generator in step["trained"],
            pair.discriminator in step["trained"],
            _way((*(f["pushed"] for f in fed if f["maker"] == pair.generator), *of_both)),
            _way(f["pushed"] for f in fed if f["maker"] is None),
        )


def _steps(evidence: Evidence) -> Iterator[Mapping[str, Any]]:
    for probe in evidence.probes("pushes"):
        yield from probe.result.get("steps", ())


@dataclass(frozen=True)
class Opposed:
    """A gradient that drives a model's verdict on a maker's examples against another gradient of its own."""

    line: int
    judge: int
    maker: int


def opposed(evidence: Evidence) -> Iterator[Opposed]:
    """Gradients for a model alone that undo what another one teaches it, which tells two kinds apart.

    Who is who need not be known: in an adversarial autoencoder the codes are what is judged, and no data.
    """
    for judge in evidence.models:
        own = [s for s in _steps(evidence) if judge in s["trained"] and s.get("line") is not None]
        told = [(s, _ways(s, judge)) for s in own]
        for teaching, apart in told:
            if len(set(apart.values())) != 2:
                continue
            for step, ways in told:
                makers = [maker for maker in ways if maker is not None]
                if step is teaching or len(ways) != 1 or not makers or makers[0] in step["trained"]:
                    continue
                if apart.get(makers[0]) not in {None, ways[makers[0]]}:
                    yield Opposed(step["line"], judge, makers[0])


def _ways(step: Mapping[str, Any], judge: int) -> dict[int | None, str]:
    """Where a step drives a judge's verdicts on what each maker made; None is what no model made."""
    fed = [f for f in step["fed"] if f["model"] == judge]
    found = {f["maker"]: _way(g["pushed"] for g in fed if g["maker"] == f["maker"]) for f in fed}
    return {maker: way for maker, way in found.items() if way is not None}


def discriminators_for_both(evidence: Evidence, pair: Roles) -> int | None:
    """The line of a gradient of the discriminator's loss that is taken for both players.

    The loss tells both kinds of example apart, and the generator's own drives its examples where this one
    drives the real.
    """
    both, own = _taken(evidence, pair, lambda step: step.generator)
    told_apart = (step for step in both if step.real is not None and step.real != step.fake)
    return next((step.line for step in told_apart if own == {step.real}), None)


def generators_for_the_other(evidence: Evidence, pair: Roles) -> int | None:
    """The line of a gradient of the generator's loss that is the only one taken for the discriminator."""
    steps = list(driven(evidence, pair))
    judges = [step for step in steps if step.discriminator and not step.generator]
    makers = {step.fake for step in steps if step.generator and not step.discriminator and step.fake}
    alone = all(step.real is None for step in judges)
    return next((s.line for s in judges if alone and s.fake is not None and makers == {s.fake}), None)


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


def _way(pushed: Iterable[str]) -> str | None:
    ways = set(pushed)
    return ways.pop() if len(ways) == 1 else None
