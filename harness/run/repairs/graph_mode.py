"""Gives a program of TensorFlow 1 the graph that it builds on: TensorFlow 2 executes at once."""

from __future__ import annotations

import re

from harness.run.repairs import FaultContext, Proposal

_REFUSED = re.compile(
    r"not compatible with eager execution|when eager execution is enabled|The Session graph is empty|"
    r"Attempting to capture an EagerTensor|a EagerTensor into a Tensor or Operation"
)
_INITIALISES = re.compile(r"initialize\w*\(\)\s*\.run\(")
_BUILDS_A_GRAPH = re.compile(r"\.(?:placeholder|Session|InteractiveSession)\(")
_KERAS = re.compile(r"\bkeras\b", re.IGNORECASE)

_CALL = "tf.compat.v1.disable_eager_execution()"
# What was made so far was computed at once: its values are put into the graph under the same names.
_SWITCH = """
def _graph(names):
    import tensorflow as tf
    made = {name: value for name, value in names.items() if tf.is_tensor(value) and hasattr(value, "numpy")}
    values = {name: (isinstance(value, tf.Variable), value.numpy()) for name, value in made.items()}
    tf.compat.v1.disable_eager_execution()
    for name, (variable, value) in values.items():
        names[name] = tf.compat.v1.Variable(value) if variable else tf.constant(value)
_graph(globals())
del _graph
"""


def repair(context: FaultContext) -> Proposal | None:
    refused = _REFUSED.search(context.message) or (
        "'NoneType' object has no attribute 'run'" in context.message and _INITIALISES.search(context.source)
    )
    # Models of Keras need the other mode.
    if not refused or not _BUILDS_A_GRAPH.search(context.program) or _KERAS.search(context.program):
        return None
    return Proposal(
        rule="needs-graph-mode",
        statement=None,
        bind=_SWITCH,
        before="",
        after=_CALL,
        evidence={"call": _CALL},
    )
