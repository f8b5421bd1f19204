"""The divergence of a variational autoencoder has the wrong sign, or its sampling another scale.

## What it finds

The written-out Kullback-Leibler divergence `1 + log_var - mean² - exp(log_var)` that enters the loss with a
positive factor, one of whose terms has another sign, or whose last term lacks its `exp`, so that it cancels
the second one; or a sampling step that multiplies its random numbers
by `exp(log_var)`, which the divergence takes for the variance, or by `log_var` itself, or draws them from a
uniform distribution.

## Why it is wrong

The divergence is minus a half of that sum. With the other sign the training drives the codes as far from the
normal distribution as it can, and the loss falls without bound. And if `exp(log_var)` is the variance, the
standard deviation is `exp(0.5 * log_var)`; with the variance in its place the decoder is trained on codes of
another spread than the divergence holds in check.

## Example

```python
import tensorflow as tf


def vae_loss(x, decoded, z_mean, z_log_var):
    reconstruction = tf.reduce_mean(tf.reduce_sum(tf.square(x - decoded), axis=1))
    kl = 0.5 * tf.reduce_mean(1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var))
    return reconstruction + kl
```

## Read instead

```python
import tensorflow as tf


def vae_loss(x, decoded, z_mean, z_log_var):
    reconstruction = tf.reduce_mean(tf.reduce_sum(tf.square(x - decoded), axis=1))
    kl = -0.5 * tf.reduce_mean(1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var))
    return reconstruction + kl
```

## Known limits

Read from the text, in the two usual ways of writing the sum. A factor that is a variable keeps the rule
silent, and so does a divergence whose way into the loss is not plain.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._kl import Divergence, cancelled, divergences, log_variances, mixed_signs
from harness.rules._program import called, dotted
from harness.rules._tapes import bound_to, scope

SEVERITY = Severity.ERROR
NEEDS = "source"

_RANDOM = ("normal", "randn", "random")
_UNIFORM = ("uniform", "rand")


def find(evidence: Evidence) -> Iterator[Match]:
    found = list(divergences(evidence))
    for one in found:
        if one.sign is not None and one.sign > 0:
            message = (
                "The divergence enters the loss with the wrong sign: it is -0.5 times this sum, and never "
                "negative. Turn the sign."
            )
            line, end = (one.line, one.end_line) if one.turned is None else (one.turned, None)
            yield Match(line, message, end_line=end, evidence={"log_variance": one.log_variance})
    yield from _inside(evidence)
    if found:
        yield from _scale(evidence, found)


def _inside(evidence: Evidence) -> Iterator[Match]:
    """A written-out divergence in which one of the three terms has the wrong sign, or lacks its ``exp``."""
    for node, log_variance in cancelled(evidence):
        message = (
            f"`{log_variance}` is added and taken away again: the last term of this divergence is "
            f"`exp({log_variance})`. As it stands, nothing holds the variance."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"log_variance": log_variance})
    for node, log_variance in mixed_signs(evidence):
        message = (
            f"The terms of this divergence have other signs than `1 + {log_variance} - mean ** 2 - "
            f"exp({log_variance})`: what should be held near 0 is driven away from it. Put them right."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"log_variance": log_variance})


def _scale(evidence: Evidence, found: list[Divergence]) -> Iterator[Match]:
    """What a sampling step multiplies its noise by, under the name of the divergence's log variance."""
    names = {one.log_variance for one in found} | log_variances(evidence)
    for node in evidence.nodes if names else ():
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
            continue
        for one, other in ((node.left, node.right), (node.right, node.left)):
            wrong = _wrong(evidence, _value(evidence, one), other, names)
            if wrong is not None:
                name, message = wrong
                yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"log_variance": name})


def _wrong(evidence: Evidence, spread: ast.expr, noise: ast.expr, names: set[str]) -> tuple[str, str] | None:
    """The log variance in ``spread * noise`` with noise drawn at random, and what is wrong; None: nothing."""
    inner = spread.args[0] if isinstance(spread, ast.Call) and len(spread.args) == 1 else None
    exponent = inner if called(spread) == "exp" else None
    name = dotted(exponent) if exponent is not None else None
    if name in names and _noise(evidence, noise):
        return str(name), (
            f"The divergence takes `exp({name})` for the variance, so that the standard deviation is "
            f"`exp(0.5 * {name})`; the sampling here uses the variance in its place: put in the "
            "factor."
        )
    name = dotted(_without_factor(spread))
    if name in names and _noise(evidence, noise):
        return str(name), (
            f"`{name}` is a logarithm of the variance, as the divergence takes it, and the sampling here "
            f"multiplies its noise by it as it is: the standard deviation is `exp(0.5 * {name})`."
        )
    name = dotted(_without_factor(exponent)) if exponent is not None else None
    if name in names and _uniform(evidence, noise):
        return str(name), (
            "The divergence is that of a normal distribution, and the noise of this sample is drawn from a "
            "uniform one, which is not even centred at 0: draw it with `tf.random.normal`."
        )
    return None


def _without_factor(node: ast.expr) -> ast.expr:
    """An expression without a plain number that it is multiplied or divided by."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        if isinstance(node.right, ast.Constant):
            return node.left
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant):
            return node.right
    return node


def _value(evidence: Evidence, node: ast.expr) -> ast.expr:
    """What a name was bound to last in its function, where that is arithmetic; else the expression itself."""
    made = bound_to(scope(evidence, node), node.id, node.lineno) if isinstance(node, ast.Name) else None
    if made is None or not isinstance(made.targets[0], ast.Name):
        return node
    plain = isinstance(made.value, ast.BinOp) or called(made.value) == "exp"
    return made.value if plain else node


def _noise(evidence: Evidence, node: ast.expr) -> bool:
    named = isinstance(node, ast.Name) and node.id.lower().startswith(("eps", "noise"))
    return named or any(name.endswith(_RANDOM) for name in _drawn(evidence, node))


def _uniform(evidence: Evidence, node: ast.expr) -> bool:
    drawn = _drawn(evidence, node)
    return bool(drawn) and all(name.endswith(_UNIFORM) for name in drawn)


def _drawn(evidence: Evidence, node: ast.expr) -> list[str]:
    """The functions that an expression, or what its name is bound to, calls."""
    if isinstance(node, ast.Name):
        inside = list(_bound(ast.walk(scope(evidence, node)), node.id))
        values = inside or list(_bound(evidence.nodes, node.id))
    else:
        values = [node]
    return [str(called(value)) for value in values if called(value) is not None]


def _bound(nodes: Iterable[ast.AST], name: str) -> Iterator[ast.expr]:
    for assign in nodes:
        if isinstance(assign, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in assign.targets
        ):
            yield assign.value
