"""A part of the loss is computed and left out of it.

## What it finds

A training step that computes a reconstruction, divergence, cycle, identity or regularisation term, or a
discriminator's loss on real or on generated examples, which the loss never takes in. Or a sum of such terms
that is only shown, while the gradient is taken of one of them.

## Why it is wrong

What is not part of the loss has no influence on the training. An autoencoder without its divergence has a
latent space that nothing shapes; one without its reconstruction learns nothing about the data. A
discriminator that is judged on generated examples alone calls everything generated.

## Example

```python
import tensorflow as tf


def vae_loss(x, decoded, mean, log_var):
    reconstruction_loss = tf.reduce_mean(tf.reduce_sum(tf.square(x - decoded), axis=1))
    kl_loss = -0.5 * tf.reduce_mean(1 + log_var - tf.square(mean) - tf.exp(log_var))
    return reconstruction_loss
```

## Read instead

```python
import tensorflow as tf


def vae_loss(x, decoded, mean, log_var):
    reconstruction_loss = tf.reduce_mean(tf.reduce_sum(tf.square(x - decoded), axis=1))
    kl_loss = -0.5 * tf.reduce_mean(1 + log_var - tf.square(mean) - tf.exp(log_var))
    return reconstruction_loss + kl_loss
```

## Known limits

Read from the text: a term is known by its name, and must be in a function that trains or returns a loss. A
gradient penalty has a rule of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._tapes import gradients, scope
from harness.rules._terms import Term, left_out, only_shown, unused_terms

SEVERITY = Severity.ERROR
NEEDS = "source"

_TERM = re.compile(
    r"^(kl|kld|kl_div\w*|kl_loss\w*|\w*kl_loss|recon\w*_loss|reconstruction\w*|cycle_loss\w*|\w+_cycle_loss|"
    r"identity_loss\w*|regulari[sz]ation\w*|"
    r"((d|dis\w*|critic)_)?(real|fake)_loss|(d|dis\w*|critic)?_?loss_(real|fake))$",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    named = [t for t in unused_terms(evidence, _TERM) if _TERM.search(t.name) and not _predicts(t.name)]
    known = {term.node for term in named}
    for term in (*named, *(term for term in left_out(evidence) if term.node not in known)):
        message = (
            f"`{term.name}` is computed here, and no loss takes it in: add it to the one that is minimised."
        )
        echo = ("labels-swapped-between-steps",) if _another_twice(evidence, term) else None
        found = {"term": term.name}
        yield Match(term.node.lineno, message, end_line=term.node.end_lineno, evidence=found, echo_of=echo)
    for one in only_shown(evidence):
        total, others = one.total, " and ".join(f"`{name}`" for name in one.others)
        message = (
            f"The gradient is of `{one.term}` alone: `{total.name}` (line {total.node.lineno}), which adds "
            f"{others} to it, is only shown. Take the gradient of `{total.name}`."
        )
        yield Match(
            one.gradient.lineno, message, end_line=one.gradient.end_lineno, evidence={"term": one.term}
        )


def _another_twice(evidence: Evidence, term: Term) -> bool:
    """Whether two gradients are taken of one loss in the function: one of them was meant for this one."""
    taken = [
        one.target.id
        for one in gradients(evidence, scope(evidence, term.node))
        if isinstance(one.target, ast.Name)
    ]
    return len(set(taken)) < len(taken)


def _predicts(name: str) -> bool:
    """Whether a name may mean the reconstruction itself and not how far it is off."""
    return name.lower() in {"reconstruction", "reconstructions", "reconstructed"}
