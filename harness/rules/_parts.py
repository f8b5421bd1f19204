"""Which part of a split the variables of a program hold, as the text says it: training, or test."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from harness.rules._evidence import Evidence
from harness.rules._predicted import is_parameter
from harness.rules._program import called, keyword

Part = tuple[int, int]  # the line of the split, and which part of it
Held = Mapping[str, set[Part]]

# What is said of many examples by a few numbers: how many there are, or by what they are scaled.
_SIZES = {"shape", "ndim", "size", "dtype"}
_FIGURES = {"len", "mean", "std", "min", "max", "sum", "var", "median"}
_TAKES_BOTH = {"fit", "evaluate", "score", "flow", "train_on_batch", "test_on_batch"}
_PREDICTING = {"predict", "predict_proba", "predict_classes", "predict_on_batch"}
_STEPS = 4  # followed at most, from variable to variable


def parts_held(evidence: Evidence) -> tuple[dict[str, set[Part]], list[tuple[str, ast.Assign]]]:
    """The parts that each variable is made of, and the variables into which a split is unpacked twice."""
    held = dict(_of_splits(evidence))
    twice = list(_bound_twice(evidence))
    for name, _ in twice:
        held.pop(name, None)
    _follow(evidence, held)
    return held, twice


def parts_of(node: ast.AST, held: Held) -> set[Part]:
    """The parts that an expression is made of."""
    if (isinstance(node, ast.Attribute) and node.attr in _SIZES) or called(node) in _FIGURES:
        return set()
    if isinstance(node, ast.Name):
        return set(held.get(node.id, ()))
    return {part for inner in ast.iter_child_nodes(node) for part in parts_of(inner, held)}


def parted(one: set[Part], other: set[Part]) -> int | None:
    """The line of the split that puts the two into different parts, if nothing else brings them together."""
    if one & other:
        return None
    shared = {line for line, _ in one} & {line for line, _ in other}
    return max(shared, default=None)


def predictions_held(evidence: Evidence, held: Held) -> dict[str, set[Part]]:
    """The parts that the predictions in each variable were made for."""
    found: dict[str, set[Part]] = {}
    assigns = [n for n in evidence.nodes if isinstance(n, ast.Assign)]
    for _ in range(_STEPS):
        for node in assigns:
            made = predictions_of(node.value, held, found)
            for target in node.targets if made else ():
                if isinstance(target, ast.Name) and not is_parameter(evidence, target.id):
                    found[target.id] = found.get(target.id, set()) | made
    return found


def predictions_of(node: ast.AST, held: Held, predicted: Held) -> set[Part]:
    """The parts that the predictions in an expression were made for."""
    if called(node) in _FIGURES - {"max"}:
        return set()
    if isinstance(node, ast.Name):
        return set(predicted.get(node.id, ()))
    if isinstance(node, ast.Call) and called(node) in _PREDICTING and node.args:
        return parts_of(node.args[0], held)
    return {part for inner in ast.iter_child_nodes(node) for part in predictions_of(inner, held, predicted)}


def _of_splits(evidence: Evidence) -> Iterator[tuple[str, set[Part]]]:
    """The variables into which splits are unpacked, with their parts."""
    found: dict[str, set[Part]] = {}
    for node in _unpacked(evidence):
        target = node.targets[0]
        assert isinstance(target, ast.Tuple | ast.List)
        for place, part in enumerate(target.elts):
            which = place if called(node.value) == "load_data" else place % 2
            for name in (n.id for n in ast.walk(part) if isinstance(n, ast.Name) and n.id != "_"):
                found.setdefault(name, set()).add((node.lineno, which))
    yield from ((name, held) for name, held in found.items() if not is_parameter(evidence, name))


def _unpacked(evidence: Evidence) -> Iterator[ast.Assign]:
    """Assignments of a split to as many variables as it has parts."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple | ast.List):
            continue
        target, maker = node.targets[0], called(node.value)
        if (maker == "load_data" and all(isinstance(part, ast.Tuple) for part in target.elts)) or (
            maker == "train_test_split" and len(target.elts) == 2 * _arrays(node.value)
        ):
            yield node


def _arrays(split: ast.expr) -> int:
    return len(split.args) if isinstance(split, ast.Call) else 0


def _bound_twice(evidence: Evidence) -> Iterator[tuple[str, ast.Assign]]:
    for node in _unpacked(evidence):
        names = [n.id for n in ast.walk(node.targets[0]) if isinstance(n, ast.Name)]
        for name, times in Counter(names).items():
            # What is bound twice on purpose is what nobody reads.
            reads = (n for n in evidence.nodes if isinstance(n, ast.Name) and n.id == name)
            if times > 1 and any(isinstance(n.ctx, ast.Load) for n in reads):
                yield name, node


def _follow(evidence: Evidence, held: dict[str, set[Part]]) -> None:
    """Add the variables that are made of known ones; one that is made of several parts has them all."""
    assigns = [n for n in evidence.nodes if isinstance(n, ast.Assign | ast.AugAssign | ast.For)]
    for _ in range(_STEPS):
        for node in assigns:
            value = node.iter if isinstance(node, ast.For) else node.value
            parts = parts_of(value, held)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not parts or called(value) == "train_test_split":
                continue
            for name in (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)):
                if not is_parameter(evidence, name):
                    held[name] = held.get(name, set()) | parts


def label_names(evidence: Evidence) -> frozenset[str]:
    """The variables that hold labels: the second of what is split, and what calls are given as targets."""
    found: set[str] = set()
    inputs: set[str] = set()
    for node in _unpacked(evidence):
        target = node.targets[0]
        assert isinstance(target, ast.Tuple | ast.List)
        loaded = called(node.value) == "load_data"
        pairs = [part.elts for part in target.elts if isinstance(part, ast.Tuple)] if loaded else []
        found |= {names[1].id for names in pairs if len(names) == 2 and isinstance(names[1], ast.Name)}
        if len(target.elts) == 4:
            found |= {part.id for part in target.elts[2:] if isinstance(part, ast.Name)}
    for _, given, targets in given_both(evidence):
        inputs |= {given.id} if isinstance(given, ast.Name) else set()
        found |= {targets.id} if isinstance(targets, ast.Name) else set()
    return frozenset(found - inputs)


def given_both(evidence: Evidence) -> Iterator[tuple[ast.Call, ast.expr, ast.expr]]:
    """The inputs and the labels that calls are given, validation data too."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if called(node) in _TAKES_BOTH:
            inputs = node.args[0] if node.args else keyword(node, "x")
            labels = node.args[1] if len(node.args) > 1 else keyword(node, "y")
            if inputs is not None and labels is not None:
                yield node, inputs, labels
        held_back = keyword(node, "validation_data")
        if isinstance(held_back, ast.Tuple | ast.List) and len(held_back.elts) > 1:
            yield node, held_back.elts[0], held_back.elts[1]
