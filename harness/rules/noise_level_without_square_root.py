"""Examples and noise are mixed by shares of which one is a variance and the other its square root.

## What it finds

`sqrt(a) * x + (1 - a) * noise`, and `a * x + sqrt(1 - a) * noise`, where the noise is drawn from a normal
distribution: one of the two factors lacks its square root.

## Why it is wrong

In a diffusion model the shares `a` and `1 - a` are variances, so that both factors are square roots: the
mixture then keeps the variance of the examples at each level. With one root missing the mixture has too
little noise, or too little of the example, for the level that the network and the sampler take it for. The
network learns levels that sampling never meets, and samples stay noise or come out flat.

## Example

```python
import tensorflow as tf

shares = tf.linspace(0.999, 0.01, 100)


def add_noise(x, step):
    a = tf.gather(shares, step)
    noise = tf.random.normal(tf.shape(x))
    return tf.sqrt(a) * x + (1.0 - a) * noise


print(add_noise(tf.ones((2, 3)), 50))
```

## Read instead

```python
import tensorflow as tf

shares = tf.linspace(0.999, 0.01, 100)


def add_noise(x, step):
    a = tf.gather(shares, step)
    noise = tf.random.normal(tf.shape(x))
    return tf.sqrt(a) * x + tf.sqrt(1.0 - a) * noise


print(add_noise(tf.ones((2, 3)), 50))
```

## Known limits

Read from the text. Factors are followed through variables, indices, `gather` and functions that only pick the
numbers of a step. Where noise is a function's parameter, its name must say so.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, enclosing
from harness.rules._tapes import FUNCTIONS, behind

SEVERITY = Severity.ERROR
NEEDS = "source"

_DRAWS = frozenset({"normal", "randn", "standard_normal", "truncated_normal"})
_FORMS = frozenset(
    {"gather", "take", "reshape", "cast", "expand_dims", "constant", "convert_to_tensor", "array", "asarray"}
    | {"float32", "astype"}
)
_PROMISED = re.compile(r"sqrt|root|std|sigma|deviation|rate", re.IGNORECASE)
_DEEPEST = 8
_NOISES = ("noise", "eps", "epsilon")


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
            continue
        for one, other in ((node.left, node.right), (node.right, node.left)):
            for signal, example in _factors(one):
                for level, noise in _factors(other):
                    if not _is_noise(evidence, noise) or _is_noise(evidence, example):
                        continue
                    match = _mixed(evidence, node, signal, level)
                    if match is not None:
                        yield match


def _mixed(evidence: Evidence, node: ast.BinOp, signal: ast.expr, level: ast.expr) -> Match | None:
    """The finding, where one factor is a root and the other is what the root should be taken of."""
    of_signal, rooted = _without_root(evidence, signal)
    of_level, also = _without_root(evidence, level)
    rest = _rest(evidence, of_level)
    if rest is None or rooted == also or ast.unparse(rest) != ast.unparse(of_signal):
        return None
    bare, made = (level, of_level) if rooted else (signal, of_signal)
    # Where its name promises a root, the mistake is where it was made.
    line = made.lineno if _PROMISED.search(ast.unparse(bare)) else node.lineno
    message = (
        f"`{ast.unparse(bare)}` is a share of the variance, and the other factor is the square root of one: "
        "the mixture has another level of noise than it is taken for. Take the square root of both."
    )
    end = node.end_lineno if line == node.lineno else None
    return Match(line, message, end_line=end, evidence={"factor": ast.unparse(bare)})


def _factors(term: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The two sides of a product, either way round."""
    if isinstance(term, ast.BinOp) and isinstance(term.op, ast.Mult):
        yield term.left, term.right
        yield term.right, term.left


def _is_noise(evidence: Evidence, value: ast.expr) -> bool:
    name = (dotted(value) or "").rpartition(".")[2].lower()
    around = enclosing(evidence, value, *FUNCTIONS)
    given = isinstance(around, FUNCTIONS) and any(arg.arg.lower() == name for arg in around.args.args)
    return bool(behind(evidence, value) & _DRAWS) or (given and name in _NOISES)


def _without_root(evidence: Evidence, factor: ast.expr) -> tuple[ast.expr, bool]:
    """What a factor is the square root of, and True; the factor itself and False where it is no root."""
    value = _core(evidence, factor)
    if isinstance(value, ast.Call) and called(value) == "sqrt" and value.args:
        return _core(evidence, value.args[0]), True
    half = (
        isinstance(value, ast.BinOp) and isinstance(value.op, ast.Pow) and ast.unparse(value.right) == "0.5"
    )
    return (_core(evidence, value.left), True) if half and isinstance(value, ast.BinOp) else (value, False)


def _rest(evidence: Evidence, value: ast.expr) -> ast.expr | None:
    """``a`` of ``1 - a``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub):
        whole = value.left
        if isinstance(whole, ast.Constant) and whole.value == 1:
            return _core(evidence, value.right)
    return None


def _core(evidence: Evidence, value: ast.expr) -> ast.expr:
    """What an expression takes its numbers from, whatever their form: behind indices and names."""
    for _ in range(_DEEPEST):
        if isinstance(value, ast.Subscript):
            value = value.value
        elif isinstance(value, ast.Call) and (called(value) in _FORMS or _picks(evidence, value)):
            inner = value.args[0] if value.args and called(value) != "astype" else None
            owner = value.func.value if isinstance(value.func, ast.Attribute) else None
            value = inner if inner is not None else owner if owner is not None else value
        elif isinstance(value, ast.Name | ast.Attribute):
            made = _bound(evidence, value)
            if made is None or ast.unparse(value) in {dotted(part) for part in ast.walk(made)}:
                return value
            value = made
        else:
            return value
    return value


def _picks(evidence: Evidence, call: ast.Call) -> bool:
    """Whether a function of the program's only picks the numbers of steps: ``extract(schedule, t)``."""
    own = [node for node in evidence.nodes if isinstance(node, FUNCTIONS) and node.name == called(call)]
    if len(own) != 1 or len(call.args) < 2:
        return False
    parts = list(ast.walk(own[0]))
    picks = any(called(part) in {"gather", "take"} or isinstance(part, ast.Subscript) for part in parts)
    return picks and not any(called(part) in {"sqrt", "pow"} | _DRAWS for part in parts)


def _bound(evidence: Evidence, name: ast.Name | ast.Attribute) -> ast.expr | None:
    """What a variable or an attribute is bound to, where that is one thing in its function or outside."""
    text = dotted(name)
    if isinstance(name, ast.Name):
        around = enclosing(evidence, name, *FUNCTIONS)
        bound = [a for a in assignments(evidence, name.id) if isinstance(a.targets[0], ast.Name)]
        own = [a for a in bound if enclosing(evidence, a, *FUNCTIONS) is around and a.lineno < name.lineno]
        outer = [a for a in bound if enclosing(evidence, a, *FUNCTIONS) is None]
        arguments = around.args.args if isinstance(around, FUNCTIONS) else []
        if not own and any(arg.arg == name.id for arg in arguments):
            return None
        chosen = own or outer
        return chosen[-1].value if chosen else None
    values = [
        node.value
        for node in evidence.nodes
        if isinstance(node, ast.Assign) and any(dotted(target) == text for target in node.targets)
    ]
    return values[0] if len(values) == 1 else None
