"""A network that is to predict the next item of a sequence may look at that item.

## What it finds

Self-attention without a mask, in a program whose targets are its inputs moved by one: `x[:, :-1]` and
`x[:, 1:]`.

## Why it is wrong

Each place attends to all others, the next one among them, which is what it is to predict: the loss falls to
nearly nothing by copying, and what is generated afterwards, when there is no next item yet, is noise. Let
each place see only those before it: `use_causal_mask=True`.

## Example

```python
import keras
import numpy as np
from keras import layers

words = np.random.randint(1, 20, size=(64, 9))
inputs = keras.Input((8,))
x = layers.Embedding(20, 16)(inputs)
x = x + layers.MultiHeadAttention(num_heads=2, key_dim=8)(x, x)
outputs = layers.Dense(20, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(words[:, :-1], words[:, 1:], verbose=0)
```

## Read instead

```python
import keras
import numpy as np
from keras import layers

words = np.random.randint(1, 20, size=(64, 9))
inputs = keras.Input((8,))
x = layers.Embedding(20, 16)(inputs)
x = x + layers.MultiHeadAttention(num_heads=2, key_dim=8)(x, x, use_causal_mask=True)
outputs = layers.Dense(20, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(words[:, :-1], words[:, 1:], verbose=0)
```

## Known limits

Read from the text: attention by Keras's layers, and parts of one variable. A program that makes or takes a
mask anywhere is left alone, though it be the wrong one, and so are recurrent networks. Of a network with
several inputs, which has an encoder, only attention is judged whose result asks the encoder's in turn, in
the same function.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, enclosing, keyword
from harness.rules._tapes import FUNCTIONS, made_of

SEVERITY = Severity.ERROR
NEEDS = "trace"

_ATTENTION = {"MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"}
_RECURRENT = {"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional"}
_MASK = re.compile(r"causal|look_?ahead|attention_mask|band_part|\btri[lu]\b|_mask\b|\bmask\b", re.IGNORECASE)


def find(evidence: Evidence) -> Iterator[Match]:
    moved = _moved_by_one(evidence) if evidence.training else None
    if moved is None or any(_masks(node) or called(node) in _RECURRENT for node in evidence.nodes):
        return
    attention = list(_attention(evidence))
    crossing = [asked for _, *asked in attention if len(set(map(ast.unparse, asked))) > 1]
    encodes = any(len(call.inputs) > 1 for call in evidence.training)
    for node, *asked in attention:
        if len(asked) < 2 or len(set(map(ast.unparse, asked))) > 1:
            continue
        if encodes and not any(_asks(evidence, node, others) for others in crossing):
            continue  # an encoder may look at all of its own
        message = (
            "Each place of the sequence looks at all others here, and the targets are the inputs moved by "
            f"one (line {moved}): the network sees what it is to predict. Give it `use_causal_mask=True`."
        )
        yield Match(node.lineno, message, node.end_lineno, {"targets_at": moved})


def _masks(node: ast.AST) -> bool:
    """Whether a part of the text speaks of a mask; padding that an embedding leaves out is none."""
    match node:
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.keyword(arg=str(word)) | ast.arg(arg=word):
            return _MASK.search(word) is not None
    return False


def _moved_by_one(evidence: Evidence) -> int | None:
    """The line of ``x[:, 1:]`` beside ``x[:, :-1]``, or of ``x[1:]`` in a function that maps sequences."""
    mapped = {
        ast.unparse(node.args[0])
        for node in evidence.nodes
        if isinstance(node, ast.Call) and called(node) == "map" and node.args
    }
    parts: dict[tuple[str, str], int] = {}
    for node in evidence.nodes:
        if not isinstance(node, ast.Subscript) or _calculated(evidence, node):
            continue
        cut = ast.unparse(node.slice).strip("()").replace(" ", "")
        around = enclosing(evidence, node, *FUNCTIONS, ast.Lambda)
        name = around.name if isinstance(around, FUNCTIONS) else around and ast.unparse(around)
        # What is mapped is one sequence; elsewhere the first axis is that of the examples.
        parts[ast.unparse(node.value), f":,{cut}" if name in mapped and "," not in cut else cut] = node.lineno
    moved = (line for (text, cut), line in parts.items() if cut == ":,1:" and (text, ":,:-1") in parts)
    return next(moved, None)


def _calculated(evidence: Evidence, node: ast.expr) -> bool:
    """Whether something is calculated with a part, as with the differences of neighbours."""
    around = enclosing(evidence, node, ast.BinOp, ast.Compare, ast.stmt, ast.Lambda)
    return isinstance(around, ast.BinOp | ast.Compare)


def _attention(evidence: Evidence) -> Iterator[tuple[ast.Call, *tuple[ast.expr, ...]]]:
    """Calls of attention layers: the call, the sequence that asks, and the one that is asked."""
    held = {
        dotted(target)
        for node in evidence.nodes
        if isinstance(node, ast.Assign) and called(node.value) in _ATTENTION
        for target in node.targets
    }
    for node in evidence.nodes:
        if not isinstance(node, ast.Call):
            continue
        made = isinstance(node.func, ast.Call) and called(node.func) in _ATTENTION
        if not made and (dotted(node.func) is None or dotted(node.func) not in held):
            continue
        first = node.args[0] if node.args else keyword(node, "query")
        several = (
            first.elts
            if isinstance(first, ast.List | ast.Tuple)
            else [first, *node.args[1:2], keyword(node, "value")]
        )
        yield node, *(one for one in several if one is not None)


def _asks(evidence: Evidence, node: ast.Call, others: list[ast.expr]) -> bool:
    """Whether what asks others is made of a call's result, and the others are not: so it is in a decoder."""
    query, *values = others
    return any(part is node for part in made_of(evidence, query)) and not any(
        part is node for value in values for part in made_of(evidence, value)
    )
