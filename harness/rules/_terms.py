"""Terms of a loss as text: which values are computed for a loss and whether anything uses them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.rules._evidence import Evidence
from harness.rules._program import called
from harness.rules._tapes import FUNCTIONS, gradients, loads, scope, tapes

_LOSS = re.compile("loss|total|elbo|error|cost|objective|kl", re.IGNORECASE)
_NAMED = re.compile("(^|_)loss(_|$)", re.IGNORECASE)
# What only shows a value does not use it.
_SHOWING = frozenset({"print", "append", "update_state", "write", "scalar", "format", "info", "log", "float"})


@dataclass(frozen=True)
class Term:
    """``name = ...`` in a training step or a loss; ``node`` is the assignment."""

    name: str
    node: ast.Assign


def unused_terms(evidence: Evidence, words: re.Pattern[str]) -> Iterator[Term]:
    """Values with such a name, or made by a function with such a name, that no loss takes in.

    Only in a function that trains: one with a tape, a ``train_step``, or a loss that is returned.
    """
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        around = scope(evidence, node)
        if not isinstance(around, FUNCTIONS) or not _trains(around):
            continue
        for name in _terms(node, words):
            uses = [n for n in ast.walk(around) if isinstance(n, ast.Name) and n.id == name]
            made_of = set(ast.walk(node.value))  # ``kl = mean(kl)`` reads the value before this one
            reads = [
                n
                for n in uses
                if isinstance(n.ctx, ast.Load) and n.lineno >= node.lineno and n not in made_of
            ]
            if all(_shown(evidence, read, around) for read in reads):
                yield Term(name, node)


def left_out(evidence: Evidence) -> Iterator[Term]:
    """Losses under a tape that nothing reads at all, where the one that is minimised is made of others."""
    for block in tapes(evidence.tree):
        around = scope(evidence, block)
        made = [
            (target.id, node)
            for node in ast.walk(block)
            if isinstance(node, ast.Assign)
            and isinstance(target := node.targets[0], ast.Name)
            and _NAMED.search(target.id)
        ]
        minimised = {one.target.id for one in gradients(evidence, around) if isinstance(one.target, ast.Name)}
        sums = [parts for name, node in made if name in minimised and (parts := _parts(node))]
        for name, node in made:
            computed = any(isinstance(part, ast.Call) for part in ast.walk(node.value))
            if computed and not loads(around, name) and any(parts - {name} for parts in sums):
                yield Term(name, node)


@dataclass(frozen=True)
class OnlyShown:
    """A sum of losses that is only shown, and the one of its terms whose gradient is taken in its place."""

    gradient: ast.Call
    term: str
    total: Term
    others: tuple[str, ...]  # terms of which no gradient is taken


def only_shown(evidence: Evidence) -> Iterator[OnlyShown]:
    """Gradients of one term where the function adds up a loss of several and minimises none of the others."""
    for around in (node for node in evidence.nodes if isinstance(node, (*FUNCTIONS, ast.Module))):
        taken = [one for one in gradients(evidence, around) if scope(evidence, one.node) is around]
        targets = {one.target.id: one for one in taken if isinstance(one.target, ast.Name)}
        recorded = {
            part.id
            for block in tapes(around)
            for part in ast.walk(block)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        for node in ast.walk(around) if targets else ():
            if not isinstance(node, ast.Assign) or scope(evidence, node) is not around:
                continue
            target, added = node.targets[0], _added(node.value)
            if not isinstance(target, ast.Name) or target.id in targets or not _LOSS.search(target.id):
                continue
            reads = loads(around, target.id)
            minimised = sorted(added & targets.keys())
            # What no tape saw has been minimised elsewhere, perhaps: the loss of another player's step.
            others = tuple(sorted((added - targets.keys()) & recorded))
            if len(minimised) == 1 and others and all(_shown(evidence, read, around) for read in reads):
                yield OnlyShown(targets[minimised[0]].node, minimised[0], Term(target.id, node), others)


def _added(value: ast.expr) -> set[str]:
    """The losses that a sum consists of, weighted or not; empty for anything else."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return set()
    found, queue = set[str](), [value.left, value.right]
    while queue:
        part = queue.pop()
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
            queue += [part.left, part.right]
        elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            named = [side for side in (part.left, part.right) if isinstance(side, ast.Name)]
            found |= {side.id for side in named if _LOSS.search(side.id) or len(named) == 1}
        elif isinstance(part, ast.Name):
            found.add(part.id)
    return found


def _parts(node: ast.Assign) -> set[str]:
    """The names of losses of which a statement makes another."""
    return {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name) and _NAMED.search(part.id)}


def _terms(node: ast.Assign, words: re.Pattern[str]) -> list[str]:
    """The terms that a statement makes: one by its name or its maker, several at once by their names."""
    target = node.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Call):
        losses = [part.id for part in target.elts if isinstance(part, ast.Name) and _LOSS.search(part.id)]
        # Of several, one is the sum of the others, which are handed out to be shown.
        return losses if len(losses) == 1 and words.search(losses[0]) else []
    return [target.id] if isinstance(target, ast.Name) and _is_term(target.id, node.value, words) else []


def _is_term(name: str, value: ast.expr, words: re.Pattern[str]) -> bool:
    made = any(isinstance(n, ast.Call) and words.search(called(n) or "") for n in ast.walk(value))
    return bool(words.search(name)) or made


def _trains(function: ast.AST) -> bool:
    named = isinstance(function, FUNCTIONS) and "loss" in function.name.lower()
    return named or _steps(function)


def _steps(function: ast.AST) -> bool:
    """Whether a function itself takes gradients, or hands losses to what does."""
    names = {called(n) for n in ast.walk(function) if isinstance(n, ast.Call)}
    return bool(names & {"GradientTape", "apply_gradients", "gradient", "add_loss", "minimize"})


def _shown(evidence: Evidence, read: ast.Name, around: ast.AST) -> bool:
    """Whether a value is read only to be shown or handed out for show."""
    node: ast.AST = read
    while node is not around:
        parent = evidence.parents.get(node)
        if parent is None:
            return False
        if isinstance(parent, ast.Call) and called(parent) in _SHOWING:
            return True
        if isinstance(parent, ast.Return):
            # A step hands its losses out as a dictionary or a tuple of values to be printed; what only
            # computes them hands them to the step.
            return isinstance(parent.value, ast.Dict | ast.Tuple) and _steps(around)
        if isinstance(parent, ast.Assign | ast.AugAssign | ast.With | ast.If):
            return False
        node = parent
    return False
