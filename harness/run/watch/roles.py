"""Which model is the generator and which the discriminator: from what flows, not from names.

A discriminator ends in one unit (or a map of patches) and receives what the generator puts out.  A
generator is fed noise, or its discriminator also receives other data beside its output.  Where nothing
flowed, because nothing was trained or a call failed, sizes and structure must fit and a combined
model, noise, or in the last place names must speak for the pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.run.watch import structure
from harness.run.watch.describe import Shape, kinship, names, shapes
from harness.run.watch.evidence import Evidence
from harness.run.watch.registry import Registry

_GENERATOR_NAMES = ("gen",)
_DISCRIMINATOR_NAMES = ("dis", "critic")


@dataclass
class Pair:
    """A generator and its discriminator, by number, with the reasons for it."""

    generator: int
    discriminator: int
    combined: int | None = None
    score: float = 0.0
    why: list[str] = field(default_factory=list)

    def add(self, points: float, reason: str) -> None:
        self.score += points
        self.why.append(reason)


class Roles:
    """Infers the pairs of a run."""

    def __init__(self, registry: Registry, evidence: Evidence, namespace: Mapping[str, object]) -> None:
        self._models = list(registry.models.alive())
        self._by_number = dict(self._models)
        self._evidence = evidence
        self._namespace = namespace
        self._contains = {number: set(kinship(model, registry)[0]) for number, model in self._models}
        self._feeds = {
            number: structure.feeds_inside(model, self._models)
            for number, model in self._models
            if self._contains[number]
        }

    def pairs(self) -> list[Pair]:
        """The best generator for every discriminator, best pair first."""
        found = []
        for taker in self._by_number:
            candidates = [self._judge(maker, taker) for maker in self._by_number if maker != taker]
            fitting = [pair for pair in candidates if pair is not None]
            if fitting:
                found.append(max(fitting, key=lambda pair: pair.score))
        return sorted(found, key=lambda pair: (-pair.score, pair.generator, pair.discriminator))

    def _judge(self, g: int, d: int) -> Pair | None:
        if d in self._contains[g] or g in self._contains[d] or structure.one_unit(self._outputs(g)):
            return None
        ends = self._outputs(d)
        unit = structure.one_unit(ends)
        if ends and not unit and not structure.patches(self._inputs(d), ends):
            return None
        pair = Pair(g, d)
        flow = self._flow(pair)
        noise = self._noise(pair)
        other = self._other_data(pair)
        joined = self._combined(pair)
        fits = self._structure(pair)
        named = self._names(pair)
        if flow and (other or joined or (noise and (named or not self._only_chained(pair)))):
            return pair
        if fits is not False and joined:
            return pair
        if fits and (named or (noise and other)):
            return pair
        # Sizes that do not fit are a mistake to be reported: then the rest must speak clearly.
        return pair if named and (noise or other) and unit else None

    def _inputs(self, number: int) -> tuple[Shape, ...]:
        return shapes(self._by_number[number], "inputs") or self._evidence.inputs.get(number, ())

    def _outputs(self, number: int) -> tuple[Shape, ...]:
        return shapes(self._by_number[number], "outputs") or self._evidence.outputs.get(number, ())

    def _flow(self, pair: Pair) -> bool:
        if any(stream.maker == pair.generator for stream in self._evidence.of(pair.discriminator)):
            pair.add(4, "the discriminator receives the generator's output")
            return True
        return False

    def _noise(self, pair: Pair) -> bool:
        receivers = [n for n, inside in self._contains.items() if pair.generator in inside]
        streams = self._evidence.of(pair.generator)
        streams += [s for n in receivers for s in self._evidence.of(n) if self._enters(n, pair.generator)]
        if any(stream.origin == "random" for stream in streams):
            pair.add(2, "the generator is fed noise")
            return True
        return False

    def _only_chained(self, pair: Pair) -> bool:
        """Whether the one is never fed anything but the other's output, as a network's head is."""
        return all(stream.maker == pair.generator for stream in self._evidence.of(pair.discriminator))

    def _enters(self, combined: int, model: int) -> bool:
        """Whether what is fed to ``combined`` goes to ``model`` first."""
        return not any(taker == model for _, taker in self._feeds.get(combined, ()))

    def _other_data(self, pair: Pair) -> bool:
        for stream in self._evidence.of(pair.discriminator):
            if stream.mixed or (stream.maker is None and stream.origin not in {"random", "constant"}):
                pair.add(2, "the discriminator also receives data that no model made")
                return True
        return False

    def _combined(self, pair: Pair) -> bool:
        both = {pair.generator, pair.discriminator}
        holders = [number for number, inside in self._contains.items() if both <= inside]
        joined = [n for n in holders if (pair.generator, pair.discriminator) in self._feeds.get(n, ())]
        if holders:
            pair.combined = min(joined or holders, key=lambda n: len(self._contains[n]))
        if joined:
            pair.add(3, "a model joins the generator's output to the discriminator")
        return bool(joined)

    def _structure(self, pair: Pair) -> bool | None:
        """True: sizes fit; False: they do not; None: they cannot be known."""
        out, into = self._outputs(pair.generator), self._inputs(pair.discriminator)
        latent = self._inputs(pair.generator)
        if structure.one_unit(self._outputs(pair.discriminator)):
            pair.add(1, "the discriminator ends in one unit")
        if not out or not into:
            return None
        made, taken = structure.size(out[0]), structure.size(into[0])
        if made is None or taken is None:
            return None
        if made != taken:
            return False
        pair.add(2, "the generator's output is as large as the discriminator's input")
        small = structure.size(latent[0]) if latent else None
        if small is not None and small < made:
            pair.add(1, "the generator's input is smaller than its output")
        return True

    def _names(self, pair: Pair) -> bool:
        own, other = self._words(pair.generator), self._words(pair.discriminator)
        if any(w.startswith(_GENERATOR_NAMES) for w in own) and any(
            w.startswith(_DISCRIMINATOR_NAMES) for w in other
        ):
            pair.add(0.5, "their names say so (a last resort)")
            return True
        return False

    def _words(self, number: int) -> list[str]:
        model = self._by_number[number]
        held = [*names(model, self._namespace), str(getattr(model, "name", "")), type(model).__name__]
        return [word for name in held for word in _split(name)]


def _split(name: str) -> list[str]:
    spaced = "".join(f" {c}" if c.isupper() else c if c.isalpha() else " " for c in name)
    return spaced.lower().split()


def result(pairs: list[Pair]) -> dict[str, Any]:
    """The pairs as the result of the probe "roles"."""
    return {
        "pairs": [
            {
                "generator": pair.generator,
                "discriminator": pair.discriminator,
                "combined": pair.combined,
                "why": list(pair.why),
            }
            for pair in pairs
        ]
    }
