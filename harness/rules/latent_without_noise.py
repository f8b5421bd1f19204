"""The code of a variational autoencoder is decoded without its noise.

## What it finds

A divergence in the loss, and beside it a code that is no random one: the standard deviation is added to the
mean as it is, or the random code is drawn and then never used, or the mean is decoded in its place.

## Why it is wrong

The divergence teaches the encoder how far to spread the codes, and only the noise shows the decoder that
spread. Without it nothing holds the spread to what the decoder can tell apart: it grows to 1, codes in
between mean nothing, and new codes drawn from a normal distribution decode to no real example.

## Example

```python
import tensorflow as tf


def reparameterize(mean, log_var):
    std = tf.exp(0.5 * log_var)
    return mean + std


def loss(reconstruction, mean, log_var):
    kl = -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)
    return reconstruction + tf.reduce_mean(kl)
```

## Read instead

```python
import tensorflow as tf


def reparameterize(mean, log_var):
    std = tf.exp(0.5 * log_var)
    return mean + std * tf.random.normal(tf.shape(mean))


def loss(reconstruction, mean, log_var):
    kl = -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)
    return reconstruction + tf.reduce_mean(kl)
```

## Known limits

Read from the text, and only where the divergence is written out in it. A random code that is returned, or
kept as an attribute, counts as used; one that is only an output of the encoder's model does not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._kl import divergences, last, log_variances
from harness.rules._program import called, dotted
from harness.rules._tapes import FUNCTIONS, bound_to, loads, own_calls, scope

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    if not any(divergences(evidence)):
        return
    names = log_variances(evidence)
    spread = any(_is_spread(evidence, node, names) for node in evidence.nodes)
    for node in evidence.nodes:
        # Where the deviation is multiplied somewhere, a bare one may be a band in a plot.
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and not spread:
            yield from _bare(evidence, node, names)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            yield from _idle(evidence, node, names)
            yield from _left(evidence, node, names)
            yield from _sampled_and_left(evidence, node, names)


def _bare(evidence: Evidence, node: ast.BinOp, names: frozenset[str]) -> Iterator[Match]:
    """``mean + exp(0.5 * log_var)``."""
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if _is_deviation(evidence, one, names) and dotted(other) is not None:
            message = (
                f"`{ast.unparse(one)}` is added to `{ast.unparse(other)}` as it is, and nothing is drawn at "
                "random. Multiply it by normal noise of the same shape."
            )
            yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"form": "no noise"})


def _idle(evidence: Evidence, node: ast.Assign, names: frozenset[str]) -> Iterator[Match]:
    """``z = mean + exp(0.5 * log_var) * noise`` that nothing reads."""
    around, target = scope(evidence, node), node.targets[0]
    if not isinstance(target, ast.Name) or not isinstance(around, FUNCTIONS):
        return
    if not _is_sample(evidence, node.value, names):
        return
    read = any(
        isinstance(part, ast.Name) and part.id == target.id and isinstance(part.ctx, ast.Load)
        for part in ast.walk(around)
    )
    if not read:
        message = (
            f"`{target.id}` is drawn here and never used: the decoder does not get it. Decode "
            f"`{target.id}` in place of what is decoded now."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"form": "not used"})


def _left(evidence: Evidence, node: ast.Assign, names: frozenset[str]) -> Iterator[Match]:
    """``mean, log_var, z = encoder(x)`` of which nothing reads ``z``, and the mean is decoded."""
    around, target = scope(evidence, node), node.targets[0]
    if not isinstance(target, ast.Tuple) or not isinstance(around, FUNCTIONS) or len(target.elts) != 3:
        return
    mean, log_variance, sample = (part.id if isinstance(part, ast.Name) else "" for part in target.elts)
    if log_variance not in names or not isinstance(node.value, ast.Call) or sample.startswith("_"):
        return
    reads = [n for n in ast.walk(around) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    decoded = [
        call
        for call in ast.walk(around)
        if isinstance(call, ast.Call)
        and "dec" in (called(call) or "").lower()
        and call.args
        and dotted(call.args[0]) == mean
    ]
    if decoded and sample and not any(read.id == sample for read in reads):
        message = (
            f"`{mean}` is decoded, and the sample `{sample}` (line {node.lineno}) is never used: the decoder "
            f"does not get the noise. Decode `{sample}`."
        )
        yield Match(decoded[0].lineno, message, evidence={"form": "not used"})


def _sampled_and_left(evidence: Evidence, node: ast.Assign, names: frozenset[str]) -> Iterator[Match]:
    """``z = sample(mean, log_var)`` that no decoder gets: it gets ``mean``, and ``z`` is at most put out."""
    around, target = scope(evidence, node), node.targets[0]
    given = _given(node.value)
    if not isinstance(target, ast.Name) or len(given) != 2 or last(given[1]) not in names or given[0] is None:
        return
    mean = given[0]
    reads = [read for read in loads(around, target.id) if read.lineno >= node.lineno]
    decoded = [
        call
        for call in own_calls(evidence, around)
        if "dec" in (called(call) or "").lower() and call.lineno > node.lineno and mean in _given(call)
    ]
    bound = bound_to(around, mean, node.lineno)
    if not decoded or not all(_put_out(evidence, read) for read in reads):
        return
    if bound_to(around, mean, decoded[0].lineno) is not bound:
        return  # that mean is another one
    message = (
        f"`{mean}` is decoded, and the sample `{target.id}` (line {node.lineno}) is not: the decoder does "
        f"not get the noise. Decode `{target.id}`."
    )
    yield Match(decoded[0].lineno, message, evidence={"form": "not decoded"})


def _given(value: ast.expr) -> list[str | None]:
    """The names that a call is given, one by one or in a list."""
    if not isinstance(value, ast.Call) or not value.args:
        return []
    first = value.args[0]
    given = first.elts if isinstance(first, ast.List | ast.Tuple) else value.args
    return [dotted(one) for one in given]


def _put_out(evidence: Evidence, read: ast.Name) -> bool:
    """Whether a value is read only to be one of several outputs of a model."""
    held = evidence.parents.get(read)
    return isinstance(held, ast.List) and called(evidence.parents.get(held) or held) == "Model"


def _is_sample(evidence: Evidence, value: ast.expr, names: frozenset[str]) -> bool:
    """Whether an expression is a mean to which a deviation times something is added."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return False
    return any(_is_spread(evidence, side, names) for side in (value.left, value.right))


def _is_spread(evidence: Evidence, node: ast.AST, names: frozenset[str]) -> bool:
    """Whether an expression is a deviation times something."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return False
    return any(_is_deviation(evidence, side, names) for side in (node.left, node.right))


def _is_deviation(evidence: Evidence, node: ast.expr, names: frozenset[str]) -> bool:
    """``exp(0.5 * log_var)``, or a name bound to that in the same function."""
    if isinstance(node, ast.Name):
        around = scope(evidence, node)
        values = [
            assign.value
            for assign in ast.walk(around)
            if isinstance(assign, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == node.id for t in assign.targets)
        ]
        return bool(values) and all(_is_root(value, names) for value in values)
    return _is_root(node, names)


def _is_root(node: ast.expr, names: frozenset[str]) -> bool:
    """``exp(...)`` of half of a log variance."""
    if called(node) != "exp" or not isinstance(node, ast.Call) or len(node.args) != 1:
        return False
    half = node.args[0]
    if not isinstance(half, ast.BinOp) or not isinstance(half.op, ast.Mult | ast.Div):
        return False
    return any(last(dotted(side)) in names for side in (half.left, half.right))
