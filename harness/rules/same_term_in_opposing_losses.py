"""Two networks that play against each other are both taught the same verdict on the same examples.

## What it finds

A hand-written step with a loss for the network that judges and another for those that make what it judges,
where the same term, with the same label, stands in both.

## Why it is wrong

What a network makes is judged by one that is to recognise it, and its own loss must ask for the opposite
verdict. With the same term in both losses it helps the other network to recognise what it makes, as the
rest of the loss may work against: the game has no balance to come to.

## Example

```python
import keras
import tensorflow as tf

encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])
judge = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
loss = keras.losses.BinaryCrossentropy(from_logits=True)
adam, other = keras.optimizers.Adam(), keras.optimizers.Adam()


def step(x, codes):
    with tf.GradientTape() as one, tf.GradientTape() as two:
        drawn, encoded = judge(codes), judge(encoder(x))
        ones, zeros = tf.ones_like(drawn), tf.zeros_like(drawn)
        judge_loss = loss(ones, drawn) + loss(zeros, encoded)
        encoder_loss = loss(zeros, encoded)
    adam.apply_gradients(
        zip(one.gradient(judge_loss, judge.trainable_variables), judge.trainable_variables)
    )
    other.apply_gradients(
        zip(two.gradient(encoder_loss, encoder.trainable_variables), encoder.trainable_variables)
    )


step(tf.random.normal((4, 8)), tf.random.normal((4, 2)))
```

## Read instead

```python
import keras
import tensorflow as tf

encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])
judge = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
loss = keras.losses.BinaryCrossentropy(from_logits=True)
adam, other = keras.optimizers.Adam(), keras.optimizers.Adam()


def step(x, codes):
    with tf.GradientTape() as one, tf.GradientTape() as two:
        drawn, encoded = judge(codes), judge(encoder(x))
        ones, zeros = tf.ones_like(drawn), tf.zeros_like(drawn)
        judge_loss = loss(ones, drawn) + loss(zeros, encoded)
        encoder_loss = loss(ones, encoded)
    adam.apply_gradients(
        zip(one.gradient(judge_loss, judge.trainable_variables), judge.trainable_variables)
    )
    other.apply_gradients(
        zip(two.gradient(encoder_loss, encoder.trainable_variables), encoder.trainable_variables)
    )


step(tf.random.normal((4, 8)), tf.random.normal((4, 2)))
```

## Known limits

Read from the text of one function, in which both losses are made. Terms are compared as they are written, and
only those whose label is one constant for all examples: the loss of a classifier belongs in both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword
from harness.rules._tapes import Gradient, behind, bound_to, functions, gradients, made_of, owner, scope

SEVERITY = Severity.ERROR
NEEDS = "source"
ECHO_OF = ("labels-swapped-between-steps",)

_VERDICTS = frozenset({"ones_like", "zeros_like", "ones", "zeros"})


def find(evidence: Evidence) -> Iterator[Match]:
    for around in functions(evidence):
        taken = [one for one in gradients(evidence, around) if scope(evidence, one.node) is around]
        losses = [(trained, made) for one in taken for trained, made in _loss(evidence, around, one)]
        for makers, theirs in losses:
            for judges, other in losses:
                if theirs is other or makers & judges:
                    continue
                yield from _shared(evidence, makers, theirs, judges, other)


def _loss(evidence: Evidence, around: ast.AST, one: Gradient) -> Iterator[tuple[set[str], ast.Assign]]:
    """The networks for which a gradient is taken, and the statement that makes its loss."""
    sources = one.node.args[1] if len(one.node.args) > 1 else keyword(one.node, "sources")
    trained = {
        name.rpartition(".")[2]
        for part in (made_of(evidence, sources) if sources is not None else ())
        if (name := owner(part)) is not None
    }
    made = bound_to(around, one.target.id, one.node.lineno) if isinstance(one.target, ast.Name) else None
    if trained and made is not None and isinstance(made.targets[0], ast.Name):
        yield trained, made


def _shared(
    evidence: Evidence, makers: set[str], theirs: ast.Assign, judges: set[str], other: ast.Assign
) -> Iterator[Match]:
    """Terms of both losses in which a judge is given what a maker made."""
    known = {ast.unparse(term) for term in _terms(other.value)}
    for term in _terms(theirs.value):
        label, judged = term.args[:2]
        outermost = called(_made(evidence, judged))
        if ast.unparse(term) not in known or outermost not in judges or outermost in makers:
            continue
        if behind(evidence, label) & _VERDICTS and behind(evidence, judged) & makers:
            message = (
                f"`{ast.unparse(term)}` is part of the loss that trains `{outermost}` as well (line "
                f"{other.lineno}): both are taught the same verdict on what one of them makes. Give the "
                "two opposite labels."
            )
            yield Match(term.lineno, message, end_line=term.end_lineno, evidence={"term": ast.unparse(term)})


def _terms(loss: ast.expr) -> list[ast.Call]:
    """The calls with labels and verdicts that a loss is summed up from."""
    return [part for part in ast.walk(loss) if isinstance(part, ast.Call) and len(part.args) == 2]


def _made(evidence: Evidence, value: ast.expr) -> ast.expr:
    """The call that a variable was bound to, alone or as one of several."""
    calls = (part for part in made_of(evidence, value) if isinstance(part, ast.Call))
    return next(calls, value)
