"""Measurements of a pair of players after the run; ``docs/watching.md`` lists their results."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from harness.model import Probe
from harness.run.watch import gradients
from harness.run.watch.context import Context
from harness.run.watch.describe import shape_tuple
from harness.run.watch.evidence import Stream
from harness.run.watch.players import NotKnown, Players, arrays, disturb, restored, run
from harness.run.watch.roles import Pair, Roles, result
from harness.run.watch.structure import final_activation

_PAIRS = 4


def probe(context: Context, seconds: float) -> None:
    """Infer the roles and measure each pair, for at most ``seconds`` in total.

    A probe under way is not interrupted: each takes a fraction of a second on 32 rows.
    """
    deadline = time.monotonic() + seconds
    pairs = Roles(context.registry, context.evidence, context.hooks.namespace()).pairs()
    context.hooks.emit(Probe, line=None, name="roles", models=(), result=result(pairs))
    for pair in pairs[:_PAIRS]:
        for name, measure in _PROBES.items():
            if time.monotonic() > deadline:
                return
            _measure(context, name, measure, pair)


def _measure(context: Context, name: str, measure: Callable[[Players], dict[str, Any]], pair: Pair) -> None:
    try:
        players = Players(context, pair)
        with restored(players.generator, players.discriminator):
            found = measure(players)
    except NotKnown as reason:
        found = {"skipped": str(reason)}
    except Exception as error:  # models of the program may fail in any way; the reason is recorded
        found = {"skipped": f"{type(error).__name__}: {error}"[:300]}
    models = (pair.generator, pair.discriminator)
    context.hooks.emit(Probe, line=None, name=name, models=models, result=found)


def fit_together(players: Players) -> dict[str, Any]:
    """Does the discriminator accept what the generator puts out, as it is?"""
    fake = players.fake()
    observed = any(
        stream.maker == players.pair.generator for stream in _streams(players) if stream.origin == "model"
    )
    error = None
    try:
        players.verdict(fake)
    except Exception as raised:  # the framework's own shape errors are what is asked for
        error = f"{type(raised).__name__}: {_one_line(raised)}"
    declared = players.context.evidence.inputs.get(players.pair.discriminator, ((),))[0]
    inputs = getattr(players.discriminator, "inputs", None)
    into = shape_tuple(inputs[0].shape) if inputs else declared
    return {
        "accepted": error is None,
        "observed": observed,
        "generator_output": list(fake.shape),
        "discriminator_input": list(into or ()),
        "error": error,
    }


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def ranges(players: Players) -> dict[str, Any]:
    """Values of fake and real at the discriminator's input, as the run fed them."""
    streams = _streams(players)
    fakes = [s for s in streams if s.maker == players.pair.generator and not s.mixed]
    real = players.context.evidence.real(players.pair.discriminator)
    measured = players.fake()
    return {
        "fake": _range(fakes),
        "generator_output": [float(measured.min()), float(measured.max())],
        "real": _range(real),
        "real_origin": next(iter({stream.origin for stream in real}), None),
        "output_activation": final_activation(players.generator),
    }


def _range(streams: list[Stream]) -> list[float] | None:
    lows = [stream.low for stream in streams if stream.low is not None]
    highs = [stream.high for stream in streams if stream.high is not None]
    return [min(lows), max(highs)] if lows and highs else None


def _streams(players: Players) -> list[Stream]:
    return players.context.evidence.of(players.pair.discriminator)


def dependence(players: Players) -> dict[str, Any]:
    """Does the loss by which the generator is trained depend on the discriminator's weights?"""
    pair = players.pair
    for line, step in players.context.evidence.steps:
        if pair.generator in step.trained:
            depends = pair.discriminator in step.through
            how = "traced graph" if step.exact else "order of calls on the tape"
            return {"depends": depends, "how": how, "line": line}
    if players.combined is None:
        if pair.generator in players.context.evidence.trained:
            return {"depends": False, "how": "the generator is trained alone"}
        raise NotKnown("the generator is not trained")
    return {"depends": _joined(players), "how": "outputs of the combined model under other weights"}


def _joined(players: Players) -> bool:
    """Whether one output of the combined model changes with either player's weights."""
    streams = players.context.evidence.of(players.pair.combined or 0)
    fed = next((list(stream.inputs) for stream in streams if stream.inputs), None) or players.latent()
    base = arrays(run(players.combined, fed))
    changes = []
    for player in (players.generator, players.discriminator):
        with restored(player):
            disturb(player)
            other = arrays(run(players.combined, fed))
        changes.append([not np.array_equal(a, b) for a, b in zip(base, other, strict=True)])
    return any(g and d for g, d in zip(*changes, strict=True))


def direction(players: Players) -> dict[str, Any]:
    """Does a generator step move D(G(z)) to the side that D was taught is real?"""
    taught = gradients.labels(players)
    side = gradients.real_side(players, taught)
    before = float(players.verdict(players.fake()).mean())
    gradients.generator_step(players)
    after = float(players.verdict(players.fake()).mean())
    return {
        "before": before,
        "after": after,
        "real_side": "up" if side > 0 else "down",
        "towards_real": bool((after - before) * side > 0),
        "labels": taught,
    }


_PROBES: dict[str, Callable[[Players], dict[str, Any]]] = {
    "fit-together": fit_together,
    "ranges": ranges,
    "dependence": dependence,
    "gradients": gradients.gradients,
    "direction": direction,
}
