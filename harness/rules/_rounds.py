"""How often the training of an article goes round, where its text says so in numbers.

Everything that is not a plain number, or a sum or product of such, makes the count unknown: a rule that asks
must then be content with less.
"""

from __future__ import annotations

import ast
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from math import prod

from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, kept
from harness.rules._program import MethodCall, called, enclosing, keyword, reachable_training

Numbers = frozenset[int]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.For, ast.While, ast.AsyncFor, ast.ListComp, ast.GeneratorExp)
_WRAPPERS = {"tqdm", "enumerate", "list", "track", "trange"}
_STOPPING = {"EarlyStopping", "stop_training", "repeat", "TerminateOnNaN"}
_TRAINING = re.compile(r"fit|epoch|train", re.IGNORECASE)  # in what no parser accepts
_OPERATORS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
_DEEPEST = 5  # variables that are followed, and functions that call one another
_MOST = 40  # values of one variable
_WAYS = 100  # from calls in loops to one training call
_PRODUCTS = 10_000


@dataclass(frozen=True)
class Rounds:
    """The training calls of an article: every number of rounds that one could speak of, and where they are.

    ``loops`` are the rounds of each loop, and the epochs of each ``fit``.  ``whole``: whether all loops
    around the calls are counted, so that the numbers are those of the updates too.
    """

    line: int
    counts: Numbers
    loops: Numbers
    whole: bool


@dataclass(frozen=True)
class _Way:
    """One way to a training call: how often each loop around it goes round, from the inside out."""

    factors: tuple[Numbers, ...] = ()
    data: bool = False  # whether one of the loops goes over data
    given: Mapping[str, ast.expr] = field(default_factory=dict)


class _Unknown(Exception):
    """Something is no plain number."""


@kept
def training_rounds(evidence: Evidence) -> Rounds | None:
    """What the text says of the number of rounds; None where it does not tell all of it."""
    words = {n.id if isinstance(n, ast.Name) else n.attr for n in evidence.nodes if isinstance(n, _NAMED)}
    sites = reachable_training(evidence)
    hidden = any(_TRAINING.search(place.source) for place in evidence.listing.broken)
    if not sites or words & _STOPPING or hidden:
        return None
    try:
        ways = [(site, way) for site in sites for way in _ways(evidence, site)]
        products = [numbers for _, way in ways if way.factors for numbers in _products(way.factors)]
    except _Unknown:
        return None
    counted = [(site, way) for site, way in ways if way.factors]
    if not counted:
        return None
    totals = [_products(way.factors)[-1] for _, way in counted]
    counts = {n for numbers in products for n in numbers}
    counts |= _sums(totals)
    whole = all(site.method not in _FITS and not way.data for site, way in ways)
    loops = frozenset(n for _, way in counted for numbers in way.factors for n in numbers)
    return Rounds(counted[0][0].line, frozenset(counts), loops, whole)


_NAMED = (ast.Name, ast.Attribute)
_FITS = {"fit", "fit_generator"}


def _products(factors: tuple[Numbers, ...]) -> list[Numbers]:
    """The products of any of the factors; that of all of them comes last.  Raises _Unknown for too many."""
    if 2 ** len(factors) * prod(len(numbers) for numbers in factors) > _PRODUCTS:
        raise _Unknown
    return [
        frozenset(prod(chosen) for chosen in product(*some))
        for size in range(1, len(factors) + 1)
        for some in combinations(factors, size)
    ]


def _sums(totals: list[Numbers]) -> set[int]:
    """Of training in several parts a text may give the sum of any of them."""
    largest = [max(numbers) for numbers in totals][:6]
    return {sum(some) for size in range(2, len(largest) + 1) for some in combinations(largest, size)}


def _ways(evidence: Evidence, site: MethodCall) -> Iterator[_Way]:
    own: tuple[Numbers, ...] = ()
    for way in _around(evidence, site.node, _DEEPEST):
        if site.method in _FITS:
            own = (_epochs(evidence, site.node, way),)
        yield _Way((*own, *way.factors), way.data)


def _epochs(evidence: Evidence, node: ast.Call, way: _Way) -> Numbers:
    names = {word.arg for word in node.keywords}
    if None in names or "initial_epoch" in names:
        raise _Unknown
    epochs = keyword(node, "epochs") or keyword(node, "nb_epoch")
    if epochs is None and len(node.args) > 3:
        epochs = node.args[3]
    return frozenset({1}) if epochs is None else _value(evidence, epochs, way.given, _DEEPEST)


@kept
def _around(evidence: Evidence, node: ast.AST, depth: int) -> tuple[_Way, ...]:
    """The loops around a node in its own function, and around the calls of that function.

    Raises _Unknown.
    """
    ways = tuple(islice(_found_around(evidence, node, depth), _WAYS + 1))
    if len(ways) > _WAYS:
        raise _Unknown
    return ways


def _found_around(evidence: Evidence, node: ast.AST, depth: int) -> Iterator[_Way]:
    if depth == 0:
        raise _Unknown
    loops: list[ast.AST] = []
    holder = enclosing(evidence, node, *_LOOPS, *_FUNCTIONS)
    while holder is not None and not isinstance(holder, _FUNCTIONS):
        loops.append(holder)
        holder = enclosing(evidence, holder, *_LOOPS, *_FUNCTIONS)
    if holder is None:
        yield _looped(evidence, loops, {})
        return
    if isinstance(holder, ast.Lambda):
        raise _Unknown
    calls = [n for n in evidence.nodes if isinstance(n, ast.Call) and called(n) == holder.name]
    # What Keras calls is counted where Keras is called.
    for call in calls:
        inner = _looped(evidence, loops, _given(holder, call))
        for outer in _around(evidence, call, depth - 1):
            resolved = _looped(evidence, loops, _bound_again(inner.given, outer.given))
            yield _Way((*resolved.factors, *outer.factors), resolved.data or outer.data, resolved.given)


def _bound_again(given: Mapping[str, ast.expr], outer: Mapping[str, ast.expr]) -> Mapping[str, ast.expr]:
    """Arguments that are parameters of the caller stand for what that was given."""
    return {
        name: outer.get(value.id, value) if isinstance(value, ast.Name) else value
        for name, value in given.items()
    }


def _given(function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> dict[str, ast.expr]:
    """What each parameter of a function stands for in a call."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    defaults = function.args.defaults
    given = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    given |= {
        argument.arg: default
        for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        if default is not None
    }
    bare = names[1:] if names[:1] == ["self"] else names
    given |= dict(zip(bare, call.args, strict=False))
    return given | {word.arg: word.value for word in call.keywords if word.arg is not None}


def _looped(evidence: Evidence, loops: list[ast.AST], given: Mapping[str, ast.expr]) -> _Way:
    factors: list[Numbers] = []
    data = False
    for loop in loops:
        source = loop.iter if isinstance(loop, ast.For) else None
        if source is None or any(isinstance(n, ast.Break) for n in ast.walk(loop)):
            raise _Unknown
        rounds = _length(evidence, source, given)
        if rounds is None:
            data = True
        else:
            factors.append(rounds)
    return _Way(tuple(factors), data, given)


def _length(evidence: Evidence, source: ast.expr, given: Mapping[str, ast.expr]) -> Numbers | None:
    """How often a loop over ``range(...)`` goes round; None for a loop over data."""
    if not isinstance(source, ast.Call):
        return None
    name = called(source)
    if name in _WRAPPERS and name != "trange" and source.args:
        return _length(evidence, source.args[0], given)
    if name not in {"range", "trange"}:
        return None
    if any(_measures(evidence, argument, given, _DEEPEST) for argument in source.args):
        return None
    values = [_value(evidence, argument, given, _DEEPEST) for argument in source.args]
    if not 1 <= len(values) <= 3:
        raise _Unknown
    return frozenset(len(range(*some)) for some in product(*values) if len(some) < 3 or some[2])


def _measures(evidence: Evidence, node: ast.expr, given: Mapping[str, ast.expr], depth: int) -> bool:
    """Whether a number depends on how many data there are: ``len(x) // batch``, ``x.shape[0]``."""
    for part in ast.walk(node):
        if called(part) in {"len", "cardinality"} or (
            isinstance(part, ast.Attribute) and part.attr == "shape"
        ):
            return True
        if isinstance(part, ast.Name) and depth:
            known = given.get(part.id)
            if (
                _measures(evidence, known, {}, depth - 1)
                if known
                else _name_measures(evidence, part.id, depth)
            ):
                return True
    return False


@kept
def _name_measures(evidence: Evidence, name: str, depth: int) -> bool:
    return any(_measures(evidence, a.value, {}, depth - 1) for a in assignments(evidence, name))


def _value(evidence: Evidence, node: ast.expr, given: Mapping[str, ast.expr], depth: int) -> Numbers:
    """The values that an expression can have by the text.  Raises _Unknown."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return frozenset({int(node.value)})
    if depth == 0:
        raise _Unknown
    if isinstance(node, ast.Name):
        return _of_name(evidence, node.id, given, depth)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left = _value(evidence, node.left, given, depth - 1)
        right = _value(evidence, node.right, given, depth - 1)
        apply = _OPERATORS[type(node.op)]
        try:
            return _few(frozenset(apply(a, b) for a, b in product(left, right)))
        except ZeroDivisionError:
            raise _Unknown from None
    raise _Unknown


def _of_name(evidence: Evidence, name: str, given: Mapping[str, ast.expr], depth: int) -> Numbers:
    if name in given:
        rest = {other: value for other, value in given.items() if other != name}
        return _value(evidence, given[name], rest, depth - 1)
    return _assigned_values(evidence, name, depth)


@kept
def _stores(evidence: Evidence) -> Counter[str]:
    """How often each name is bound or deleted."""
    return Counter(
        n.id for n in evidence.nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    )


@kept
def _assigned_values(evidence: Evidence, name: str, depth: int) -> Numbers:
    bound = assignments(evidence, name)
    values = [_assigned(assign, name) for assign in bound]
    if not bound or _stores(evidence)[name] != len(bound):
        raise _Unknown  # a loop's variable, a sum that grows, a name from elsewhere
    return _few(frozenset().union(*(_value(evidence, value, {}, depth - 1) for value in values)))


def _assigned(assign: ast.Assign, name: str) -> ast.expr:
    """What a plain name is given in an assignment, also where several are assigned at once."""
    for target in assign.targets:
        if isinstance(target, ast.Name) and target.id == name:
            return assign.value
        if isinstance(target, ast.Tuple) and isinstance(assign.value, ast.Tuple):
            for part, value in zip(target.elts, assign.value.elts, strict=False):
                if isinstance(part, ast.Name) and part.id == name:
                    return value
    raise _Unknown


def _few(values: Numbers) -> Numbers:
    if len(values) > _MOST:
        raise _Unknown
    return values
