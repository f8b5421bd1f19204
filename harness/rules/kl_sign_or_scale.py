"""The divergence of a variational autoencoder has the wrong sign, or its sampling another scale.

## What it finds

The written-out Kullback-Leibler divergence `1 + log_var - mean² - exp(log_var)` that enters the loss with a
positive factor, or a sampling step that multiplies its random numbers by `exp(log_var)`, which the divergence
takes for the variance.

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
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._kl import Divergence, divergences, log_variances
from harness.rules._program import called, dotted

SEVERITY = Severity.ERROR
NEEDS = "source"

_RANDOM = ("normal", "randn", "random")


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
    if found:
        yield from _scale(evidence, found)


def _scale(evidence: Evidence, found: list[Divergence]) -> Iterator[Match]:
    """``mean + exp(log_var) * noise``, under the name that the divergence takes for a log variance."""
    names = {one.log_variance for one in found} | log_variances(evidence)
    for node in evidence.nodes:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
            continue
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if called(one) != "exp" or not isinstance(one, ast.Call) or len(one.args) != 1:
                continue
            name = dotted(one.args[0])
            if name in names and _noise(evidence, other):
                message = (
                    f"The divergence takes `exp({name})` for the variance, so that the standard deviation is "
                    f"`exp(0.5 * {name})`; the sampling here uses the variance in its place: put in the "
                    "factor."
                )
                yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"log_variance": name})


def _noise(evidence: Evidence, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        if node.id.lower().startswith(("eps", "noise")):
            return True
        return any(
            isinstance(assign, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == node.id for t in assign.targets)
            and called(assign.value) is not None
            and str(called(assign.value)).endswith(_RANDOM)
            for assign in evidence.nodes
        )
    return called(node) is not None and str(called(node)).endswith(_RANDOM)
