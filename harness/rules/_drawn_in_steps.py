"""Hand-written steps that show a discriminator real examples beside conditions that they draw themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ModelSeen
from harness.rules._evidence import Evidence
from harness.rules._players import one_unit
from harness.rules._program import called, keyword
from harness.rules._tapes import functions, gradients, made_of, own_calls

# What draws classes; ``uniform`` does where it is asked for whole numbers.
_DRAWING = frozenset({"randint", "integers", "categorical", "choice", "random_integers"})
# What leaves a condition what it was: its form, not its value.
_SHAPING = frozenset(
    {
        "one_hot",
        "to_categorical",
        "cast",
        "astype",
        "reshape",
        "expand_dims",
        "squeeze",
        "shape",
        "len",
        "int",
    }
    | {"convert_to_tensor", "default_rng", "Generator", "zeros", "log", "ones", "array", "asarray", "flatten"}
)
# What makes examples out of nothing.
_NOISE = frozenset({"normal", "randn", "rand", "uniform", "random", "standard_normal", "truncated_normal"})


def drawn_in_steps(evidence: Evidence) -> Iterator[tuple[int, int]]:
    """Line and discriminator, where each of its calls on real examples in a step has a drawn condition.

    Where others have the examples' own, the drawn ones may be taught as wrong.
    """
    for seen in evidence.models.values():
        if not one_unit(seen) or len(seen.input_shapes) not in {0, 2}:
            continue
        for around in functions(evidence):
            if not any(True for _ in gradients(evidence, around)):
                continue
            real = [call for call in _judgements(evidence, around, seen) if _is_real(evidence, call[1])]
            if real and all(is_drawn(evidence, condition) for _, _, condition in real):
                yield min(node.lineno for node, _, _ in real), seen.model


def _judgements(
    evidence: Evidence, around: ast.AST, seen: ModelSeen
) -> Iterator[tuple[ast.Call, ast.expr, ast.expr]]:
    """The calls of a model on two inputs, each with its examples and its condition."""
    short = {name.rpartition(".")[2] for name in seen.names}
    for node in own_calls(evidence, around):
        if called(node) not in short or not node.args:
            continue
        first = node.args[0]
        given = first.elts if isinstance(first, ast.List | ast.Tuple) else node.args
        if len(given) != 2:
            continue
        drawn = [is_drawn(evidence, one) for one in given]
        examples, condition = given if drawn != [True, False] else reversed(given)
        yield node, examples, condition


def _is_real(evidence: Evidence, examples: ast.expr) -> bool:
    """Whether examples are made by no model and of no noise."""
    models = {name.rpartition(".")[2] for seen in evidence.models.values() for name in seen.names}
    return not any(
        called(node) in models | _NOISE | {"predict"}
        for node in made_of(evidence, examples)
        if isinstance(node, ast.Call)
    )


def is_drawn(evidence: Evidence, condition: ast.expr) -> bool:
    """Whether a condition is nothing but whole numbers that were drawn, whatever their form."""
    parts = list(made_of(evidence, condition))
    calls = [node for node in parts if isinstance(node, ast.Call)]
    drawing = [node for node in calls if draws(node)]
    others = {called(node) for node in calls if node not in drawing}
    return bool(drawing) and others <= _SHAPING and not any(_picks(node) for node in parts)


def draws(node: ast.Call) -> bool:
    """Whether a call draws whole numbers."""
    if called(node) == "uniform":
        kinds = [*node.args, keyword(node, "dtype")]
        return any(kind is not None and "int" in ast.unparse(kind).rpartition(".")[2] for kind in kinds)
    return called(node) in _DRAWING


def _picks(node: ast.AST) -> bool:
    """Whether a part of the text takes rows out of something, which may be labels; a size is none."""
    return isinstance(node, ast.Subscript) and "shape" not in ast.unparse(node.value)
