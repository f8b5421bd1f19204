"""Two players: who they are, how each was trained, what the discriminator was fed.

A pair is what the "roles" probe inferred; where there is none, two models whose shapes leave no
other reading.  Without a pair no rule about generative adversarial networks has anything to say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from harness.model import ArraySummary, Call, Compiled, FrameworkLoaded, ModelSeen, Roles, Started
from harness.rules._evidence import Evidence
from harness.rules._program import frozen, unreached_training

Shape = tuple[int | None, ...]
Range = tuple[float, float]


def units(shape: Shape) -> int | None:
    """How many numbers one example has; None where a size is not fixed."""
    sizes = [size for size in shape[1:] if size is not None]
    return math.prod(sizes) if len(sizes) == len(shape) - 1 else None


def one_unit(seen: ModelSeen) -> bool:
    """Whether a model puts out one number per example."""
    return (
        len(seen.output_shapes) == 1 and len(seen.output_shapes[0]) > 1 and units(seen.output_shapes[0]) == 1
    )


def _makes_from_vector(seen: ModelSeen) -> bool:
    """Whether a model makes something larger out of one vector, as a generator does."""
    if len(seen.input_shapes) != 1 or len(seen.output_shapes) != 1 or len(seen.input_shapes[0]) != 2:
        return False
    taken, made = units(seen.input_shapes[0]), units(seen.output_shapes[0])
    return taken is not None and made is not None and made > taken > 1


def _named(seen: ModelSeen, *parts: str) -> bool:
    return any(part in name.lower() for name in seen.names for part in parts)


def pairs(evidence: Evidence) -> tuple[Roles, ...]:
    """The generator/discriminator pairs of a program; empty where it is no such program."""
    if evidence.pairs:
        return evidence.pairs
    return tuple(_inferred(evidence))[:1]


def _inferred(evidence: Evidence) -> Iterator[Roles]:
    for judge in evidence.models.values():
        if not one_unit(judge) or not judge.input_shapes or judge.contains:
            continue
        for maker in evidence.models.values():
            apart = maker.model != judge.model and not maker.contains and judge.model not in maker.shares
            if apart and _plays_against(evidence, maker, judge):
                yield Roles(maker.model, judge.model, _holding(evidence, maker.model, judge.model))


def _plays_against(evidence: Evidence, maker: ModelSeen, judge: ModelSeen) -> bool:
    """Whether one model's outputs are what the other learns to judge."""
    if len(maker.input_shapes) != 1 or len(maker.output_shapes) != 1:
        return False
    judged = any(
        is_fake(array, maker.model) for call in direct(evidence, judge.model) for array in call.inputs
    )
    noise = any(
        call.model == maker.model and any(array.origin == "random" for array in call.inputs)
        for call in evidence.calls
    )
    if judged and noise:
        return True
    if not _makes_from_vector(maker):
        return False
    fits = units(maker.output_shapes[0]) == units(judge.input_shapes[0])
    whole = {inner for seen in evidence.models.values() for inner in seen.contains}
    named = _named(judge, "disc", "critic") and (fits or _named(maker, "gen"))
    return named or (fits and {maker.model, judge.model} <= whole)


def _holding(evidence: Evidence, *models: int) -> int | None:
    for seen in evidence.models.values():
        if holds(evidence, seen.model, *models):
            return seen.model
    return None


def holds(evidence: Evidence, whole: int, *parts: int) -> bool:
    """Whether a model is made of others, as models or through layers that it shares with them."""
    seen = evidence.models.get(whole)
    return seen is not None and all(
        part in seen.contains
        or part in seen.shares
        or (part in evidence.models and whole in evidence.models[part].shares and part != whole)
        for part in parts
    )


def is_whole(evidence: Evidence) -> bool:
    """Whether all training that stands in the text was reached, so that "never" can be said."""
    return evidence.trace is not None and evidence.trace.completed and not unreached_training(evidence)


def moves(call: Call, model: int) -> bool:
    """Whether a model's trainable weights moved in a call."""
    return any(moved.model == model and moved.trainable > 0 for moved in call.moved)


def only_normalises(evidence: Evidence, call: Call, model: int) -> bool:
    """Whether nothing of a model moved in a call but what normalises, all else being frozen."""
    most = _normalising(evidence, model)
    return any(m.model == model and 0 < m.changed <= most and m.changed < m.arrays for m in call.moved)


# All four weights of the one; of the other the kernel, which every call divides anew, and a vector.
_NORMALISED = {"BatchNormalization": 4, "SpectralNormalization": 2}


def _normalising(evidence: Evidence, model: int) -> int:
    """How many weight arrays a model's layers that normalise may change without being trained."""
    seen = evidence.models.get(model)
    layers = seen.layers if seen is not None else ()
    own = sum(_NORMALISED.get(layer.kind, 0) for layer in layers)
    inner = {layer.model for layer in layers if layer.model is not None} - {model}
    return own + sum(_normalising(evidence, one) for one in inner)


def watched(call: Call, model: int) -> bool:
    """Whether a model's weights were compared before and after a call that did not fail."""
    return call.error is None and any(moved.model == model for moved in call.moved)


def watched_throughout(calls: Iterable[Call], model: int) -> bool:
    """Whether every place of some calls was watched, and none of them failed.

    Of calls folded into one event none need have been examined; others of the same line then speak for them.
    A call that failed and went well once a statement before it was mended has not failed.
    """
    held = list(calls)
    seen = {_place(call) for call in held if watched(call, model)}
    last = {_place(call): call for call in held}
    return all(call.error is None and place in seen for place, call in last.items())


def _place(call: Call) -> tuple[int | None, str, int | None]:
    return call.line, call.api, call.model


def involves(call: Call, model: int) -> bool:
    """Whether a training call has to do with a model: its receiver, or a way of its loss."""
    return (
        call.model == model
        or model in call.through
        or moves(call, model)
        or any(model in step.trained or model in step.through for step in call.steps)
    )


def is_critic_step(evidence: Evidence, call: Call, pair: Roles) -> bool:
    """Whether a call on a model of both players is the discriminator's: nothing else trains that, and
    another model trains the generator alone."""
    others = [c for c in evidence.training if c.model != call.model]
    return (
        moves(call, pair.discriminator)
        and not any(moves(c, pair.discriminator) for c in others)
        and any(moves(c, pair.generator) for c in others)
    )


def opaque(call: Call) -> bool:
    """Whether a call's inside is unknown: a custom step or a tape loop that could not be read."""
    return call.api in {"apply", "function"} and not call.steps


def direct(evidence: Evidence, model: int) -> tuple[Call, ...]:
    """Training calls on a model itself, attempted ones included."""
    return tuple(call for call in evidence.training if call.model == model)


def generator_steps(evidence: Evidence, pair: Roles) -> tuple[Call, ...]:
    """Training calls meant for the generator: on it, on a model holding it, or moving it."""
    return tuple(
        call
        for call in evidence.training
        if call.model != pair.discriminator and involves(call, pair.generator)
    )


def inside_steps(evidence: Evidence, model: int) -> tuple[Call, ...]:
    """Training calls on another model, or on none, whose own steps train a model: tapes and added losses."""
    return tuple(
        call
        for call in evidence.training
        if call.model != model and any(model in step.trained for step in call.steps)
    )


def taken_at(calls: Iterable[Call], model: int) -> int | None:
    """Where hand-written steps take a gradient for a model's variables, whatever they do with it."""
    lines = (step.line for call in calls for step in call.steps if model in step.trained)
    return next((line for line in lines if line is not None), None)


def measured_ranges(evidence: Evidence, pair: Roles) -> tuple[Range, Range] | None:
    """Generated and real values as they reach the discriminator inside such steps, each (low, high).

    None where either is unknown, or where the real ones are not known to be those of a data set.
    """
    for probe in evidence.probes("ranges"):
        if probe.models != (pair.generator, pair.discriminator):
            continue
        fake, real = probe.result.get("fake"), probe.result.get("real")
        if fake and real and probe.result.get("real_origin") == "data-set":
            return (float(fake[0]), float(fake[1])), (float(real[0]), float(real[1]))
    return None


def discriminator_feeds(evidence: Evidence, pair: Roles) -> tuple[ArraySummary, ...]:
    """Arrays that the discriminator was trained on directly, with what steps tell of their own."""
    found = [array for call in direct(evidence, pair.discriminator) for array in call.inputs[:1]]
    for call in evidence.training:
        found += [fed.array for step in call.steps for fed in step.fed if fed.model == pair.discriminator]
    return tuple(found)


def is_real(array: ArraySummary) -> bool:
    """Whether an array holds rows of a data set."""
    return array.origin == "data-set" or array.data_set is not None


def is_fake(array: ArraySummary, generator: int) -> bool:
    """Whether an array holds the generator's outputs and nothing else."""
    return array.origin == "model" and array.origin_model == generator and not is_joined(array)


# Of the rows of a model's own output nearly all are recognised; of a batch joined with others, a part.
_OWN = 0.75


def is_joined(array: ArraySummary) -> bool:
    """Whether an array holds a model's outputs beside rows of another origin, known or not."""
    if array.origin == "model":
        return array.data_set is not None or (array.fraction is not None and array.fraction < _OWN)
    return array.origin_model is not None


def toggling(evidence: Evidence, model: int) -> str:
    """What to do for a discriminator that is to learn in its own steps and in no other."""
    name = evidence.name_of(model)
    if keras_version(evidence).startswith("2."):
        return (
            f"Compile `{name}` first, then set `{name}.trainable = False`, and then compile the model that "
            "holds it."
        )
    return (
        f"Set `{name}.trainable = True` before each of its own steps, and `{name}.trainable = False` before "
        "each step that trains the generator through it."
    )


def freezings(evidence: Evidence, model: int) -> list[int]:
    """Lines with ``x.trainable = False`` that froze a model.

    Known by the model's name; where that has another name there (``self.discriminator`` inside a class,
    a function's parameter), by a compilation that saw the model frozen.
    """
    lines = [(line, text) for line, text, flag in frozen(evidence) if not flag]
    names = evidence.models[model].names
    exact = [line for line, text in lines if text in names]
    if exact or not any(event.trainable.get(model) is False for event in evidence.of(Compiled)):
        return exact
    short = {name.rpartition(".")[2] for name in names}
    alike = [line for line, text in lines if text.rpartition(".")[2] in short]
    return alike or ([line for line, _ in lines] if len({text for _, text in lines}) == 1 else [])


def keras_version(evidence: Evidence) -> str:
    """The version of Keras that ran, e.g. "3.10.0"; "" where the run does not say."""
    known = [event.versions.get("keras") for event in evidence.of(Started)]
    known += [event.versions.get("keras") for event in evidence.of(FrameworkLoaded)]
    return next((version for version in reversed(known) if version), "")


def number(value: float) -> str:
    """A number for a message: three significant digits, or all of a whole number's; no needless zeros."""
    whole = abs(value) < 1e6 and float(value).is_integer()
    return str(int(value)) if whole else f"{value:.3g}"


def shape_text(shape: Shape) -> str:
    """A shape without its batch axis, as Python writes it: ``(28, 28, 1)``."""
    sizes = ", ".join("None" if size is None else str(size) for size in shape)
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"
