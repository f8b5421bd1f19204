"""Gradients of each player by the loss that it was compiled with, on small batches as the run fed them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from harness.run.watch.arrays import Array
from harness.run.watch.players import ROWS, NotKnown, Players
from harness.run.watch.weights import trainable_ids, weights_of

_NUDGE = 1e-3  # relative length of the generator's trial step


def gradients(players: Players) -> dict[str, Any]:
    """Per trainable weight: the norm of its gradient, whether it is finite, whether it is zero."""
    found: dict[str, Any] = {}
    for role, number, trained in _losses(players):
        model = dict(players.context.known())[number]
        try:
            x, y = _fed(players, number)
            taken = _gradients(players, model, x, y, own_weights(trained))
        except NotKnown as reason:
            found[role] = {"skipped": str(reason)}
            continue
        found[role] = {name: _summary(gradient) for name, gradient in taken}
    return found


def _losses(players: Players) -> list[tuple[str, int, Any]]:
    """Each player with the model through whose loss it is trained."""
    pair, evidence = players.pair, players.context.evidence
    alone = pair.combined is None or pair.combined not in evidence.trained
    through = pair.generator if alone or pair.combined is None else pair.combined
    return [
        ("generator", through, players.generator),
        ("discriminator", pair.discriminator, players.discriminator),
    ]


def own_weights(model: Any) -> list[Any]:
    """A model's weights that were made to be trained, whatever its flag says now."""
    ids = trainable_ids(model)
    return [variable for variable in weights_of(model) if id(variable) in ids]


def _fed(players: Players, number: int) -> tuple[list[Array], list[Array]]:
    for stream in players.context.evidence.of(number):
        if stream.inputs and stream.targets:
            return [a[:ROWS] for a in stream.inputs], [a[:ROWS] for a in stream.targets]
    raise NotKnown("it was not trained by a compiled loss on arrays")


def loss_of(model: Any, y: list[Array], prediction: Any) -> Any:
    """The compiled loss of a model for targets and a prediction."""
    compiled = getattr(model, "compiled", getattr(model, "_is_compiled", False))
    if not compiled or getattr(model, "loss", None) is None:
        raise NotKnown("it was not compiled with a loss")
    return model.compute_loss(x=None, y=y[0] if len(y) == 1 else y, y_pred=prediction)


def _gradients(
    players: Players, model: Any, x: list[Array], y: list[Array], weights: list[Any]
) -> list[tuple[str, Array | None]]:
    if players.context.framework.backend != "tensorflow":
        raise NotKnown("gradients are measured on the TensorFlow backend only")
    tensorflow: Any = sys.modules["tensorflow"]
    native = [getattr(variable, "_value", variable) for variable in weights]
    with tensorflow.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(native)
        prediction = model(x[0] if len(x) == 1 else x, training=False)
        # Keras 2 takes tensors only.
        labels_ = [tensorflow.convert_to_tensor(each) for each in y]
        loss = loss_of(model, labels_ if players.context.framework.is_legacy else y, prediction)
    taken = tape.gradient(loss, native)
    names = [str(getattr(variable, "path", variable.name)) for variable in weights]
    return [
        (name, None if g is None else np.asarray(tensorflow.convert_to_tensor(g)))
        for name, g in zip(names, taken, strict=True)
    ]


def _summary(gradient: Array | None) -> dict[str, Any]:
    if gradient is None:
        return {"norm": None, "finite": True, "zero": True}
    norm = float(np.linalg.norm(gradient.astype(np.float64)))
    finite = bool(np.isfinite(gradient).all())
    return {"norm": norm if finite else None, "finite": finite, "zero": norm == 0}


def labels(players: Players) -> dict[str, Any]:
    """The labels under which the discriminator was shown real and generated rows."""
    evidence, pair = players.context.evidence, players.pair
    made = [s for s in evidence.of(pair.discriminator) if s.maker == pair.generator and not s.mixed]
    real = {value for stream in evidence.real(pair.discriminator) for value in stream.labels}
    fake = {value for stream in made for value in stream.labels}
    return {"real": sorted(real), "fake": sorted(fake)}


def real_side(players: Players, taught: dict[str, Any]) -> int:
    """1 where a larger output of the discriminator means "real" by its own loss, else -1."""
    if len(taught["real"]) != 1:
        raise NotKnown("the discriminator was not shown real rows under one label")
    output = players.verdict(players.fake())
    label = [np.full(output.shape, taught["real"][0], np.float32)]
    lower, higher = (_loss_value(players, label, output + shift) for shift in (-0.01, 0.01))
    if lower == higher:
        raise NotKnown("the discriminator's loss does not change with its output")
    return 1 if higher < lower else -1


def _loss_value(players: Players, label: list[Array], output: Array) -> float:
    framework = players.context.framework
    # Keras 2 has no operations of its own.
    home: Any = sys.modules["tensorflow"] if framework.is_legacy else sys.modules[framework.package].ops
    convert = home.convert_to_tensor
    value = loss_of(players.discriminator, [convert(label[0])], convert(output.astype(np.float32)))
    return float(np.asarray(value))


def generator_step(players: Players) -> None:
    """One short step down the gradient of the loss by which the generator is trained."""
    role, number, _ = _losses(players)[0]
    if number == players.pair.generator:
        raise NotKnown(f"the {role} is not trained through the discriminator by a compiled loss")
    model = dict(players.context.known())[number]
    x, y = _fed(players, number)
    weights = own_weights(players.generator)
    taken = [gradient for _, gradient in _gradients(players, model, x, y, weights)]
    length = float(np.sqrt(sum(float((g.astype(np.float64) ** 2).sum()) for g in taken if g is not None)))
    if length == 0 or not np.isfinite(length):
        raise NotKnown("the generator's gradient is zero or not finite")
    size = float(np.sqrt(sum(float((np.asarray(w) ** 2).sum()) for w in weights)))
    for variable, gradient in zip(weights, taken, strict=True):
        if gradient is not None:
            variable.assign(np.asarray(variable) - (_NUDGE * size / length) * gradient)
