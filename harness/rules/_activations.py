"""What a model puts out: the activation of its last values, and the range that it bounds."""

from __future__ import annotations

import ast

from harness.model import LayerSeen
from harness.rules._evidence import Evidence
from harness.rules._kept_ranges import last_changing
from harness.rules._places import damaged
from harness.rules._subclassed import ending

# Layers whose output is an unsquashed sum unless they have an activation of their own.
_SUMS = frozenset(
    {
        "Dense",
        "Conv1D",
        "Conv2D",
        "Conv3D",
        "Conv1DTranspose",
        "Conv2DTranspose",
        "Conv3DTranspose",
        "SeparableConv2D",
    }
)
_ACTIVATION_LAYERS = {
    "LeakyReLU": "leaky_relu",
    "ReLU": "relu",
    "Softmax": "softmax",
    "ELU": "elu",
    "PReLU": "prelu",
}
# The values an activation can put out.
CODOMAIN = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0)}


def output_activation(evidence: Evidence, model: int | None) -> str | None:
    """The activation of a model's output values, "linear" included; None where it is not known.

    A layer of unknown kind (a Lambda, one of the article's own) may do anything: None.  Of a model that is
    a class of the article's own the text says what its ``call`` ends with.
    """
    seen = evidence.models.get(model) if model is not None else None
    if seen is None or len(seen.output_shapes) > 1:
        return None
    if seen.kind not in {"Sequential", "Functional"}:
        own = ending(evidence, seen.kind)
        return None if own is None else own.activation
    if damaged(evidence, seen.model):
        return None
    last = last_changing(seen)
    if last is None:
        return None
    return _activation(last) if last.model is None else output_activation(evidence, last.model)


# Calls whose outputs are those of the model itself, and what rounding may add to a probability.
_PUTTING_OUT = frozenset({"predict", "predict_on_batch", "call"})
_ROUNDING = 1e-3
# With one of these a class says itself what is done with its output in a training.
_OWN_LOSS = frozenset({"train_step", "compute_loss"})


def seen_outside(evidence: Evidence, model: int) -> bool:
    """Whether a model with one output was seen to put out numbers that are no probabilities.

    Not asked of a class whose training is its own: what it puts out need not be what its loss is given.
    """
    seen = evidence.models.get(model)
    if seen is None or len(seen.output_shapes) > 1 or _trains_itself(evidence, seen.kind):
        return False
    return any(
        one.low is not None and one.high is not None and (one.low < -_ROUNDING or one.high > 1 + _ROUNDING)
        for made in evidence.calls
        if made.model == model and made.api in _PUTTING_OUT and len(made.outputs) == 1
        for one in made.outputs
    )


def _trains_itself(evidence: Evidence, kind: str) -> bool:
    return any(
        isinstance(node, ast.FunctionDef) and node.name in _OWN_LOSS
        for whole in evidence.nodes
        if isinstance(whole, ast.ClassDef) and whole.name == kind
        for node in whole.body
    )


def _activation(layer: LayerSeen) -> str | None:
    if layer.operation:
        return layer.activation
    if layer.kind in _ACTIVATION_LAYERS:
        return _ACTIVATION_LAYERS[layer.kind]
    if layer.kind == "Activation" or layer.kind in _SUMS:
        return layer.activation or "linear"
    return None
