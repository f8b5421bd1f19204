"""In which order the rows of each variable stand, as far as the text says.

An order is a value that two variables share where their rows belong together: ``()`` for the order in which
data come, another one for each shuffle.  None means that it is not known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted, keyword

Order = tuple[object, ...] | None

NATURAL: Order = ()
_RANDOM_MODULES = {"np.random", "numpy.random", "random", "rng"}
_SEEDING = {"seed", "set_state", "default_rng", "RandomState", "Random", "set_random_seed"}
_BLOCKS = (ast.If, ast.With, ast.Try)


class Orders:
    """The orders at the end of the statements read so far; ``lines`` says where each came about."""

    def __init__(self, evidence: Evidence) -> None:
        self.lines: dict[Order, int] = {}
        self._held: dict[str, Order] = {}
        self._reseeded = _reseeded(evidence)

    def of(self, name: str) -> Order:
        return self._held.get(name, NATURAL)

    def read(self, statement: ast.stmt) -> None:
        """Follow one statement at the top level; a loop leaves all that it binds unknown."""
        if isinstance(statement, _BLOCKS):
            for inner in ast.iter_child_nodes(statement):
                if isinstance(inner, ast.stmt):
                    self.read(inner)
            return
        if isinstance(statement, ast.For | ast.While | ast.AugAssign):
            shuffled = {_shuffled(n) for n in ast.walk(statement) if isinstance(n, ast.Call)}
            for name in _stored(statement) | {name for name in shuffled if name is not None}:
                self._held[name] = None
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            self._assign(statement.targets[0], statement.value)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            own = _shuffled(statement.value)
            if own is not None:
                self._held[own] = (
                    None if self._reseeded else self._new("shuffle", statement.lineno, statement)
                )

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._held[target.id] = self._order(value)
            return
        names = [name.id if isinstance(name, ast.Name) else None for name in getattr(target, "elts", [])]
        parts = self._parts(value, len(names))
        for name, order in zip(names, parts, strict=False):
            if name is not None:
                self._held[name] = order
        for other in _stored(target) - {name for name in names if name is not None}:
            self._held[other] = NATURAL

    def _parts(self, value: ast.expr, count: int) -> list[Order]:
        """The orders of the values that a tuple of names takes."""
        if isinstance(value, ast.Tuple) and len(value.elts) == count:
            return [self._order(part) for part in value.elts]
        if (
            called(value) == "train_test_split"
            and isinstance(value, ast.Call)
            and 2 * len(value.args) == count
        ):
            return [self._split(value, part) for part in value.args for _ in (0, 1)]
        if (
            called(value) in {"shuffle", "resample"}
            and isinstance(value, ast.Call)
            and len(value.args) == count
        ):
            return [self._mixed(value, part) for part in value.args]
        return [self._order(value)] * count

    def _order(self, value: ast.expr) -> Order:
        """The order of the rows of an expression's value."""
        if isinstance(value, ast.Subscript):
            return self._index(value)
        if isinstance(value, ast.Call):
            name, owner = called(value), dotted(value.func) or ""
            if name == "permutation" and owner.rsplit(".", 1)[0] in _RANDOM_MODULES:
                return None if self._reseeded else self._new("permutation", value.lineno, value)
            if (
                name == "sample"
                and isinstance(value.func, ast.Attribute)
                and keyword(value, "frac") is not None
            ):
                return self._new("sample", value.lineno, keyword(value, "random_state") or value)
            if name in {"shuffle", "resample"} and value.args:
                return self._mixed(value, value.args[0])
            if name == "train_test_split":
                return None
        orders = {self.of(n.id) for n in ast.walk(value) if isinstance(n, ast.Name)} - {NATURAL}
        return NATURAL if not orders else orders.pop() if len(orders) == 1 else None

    def _index(self, value: ast.Subscript) -> Order:
        order, key = self._order(value.value), self._order(value.slice)
        if isinstance(value.slice, ast.Slice) or key == NATURAL or order is None or key is None:
            return order if key is not None else None
        return self._kept(("index", (ast.unparse(value.slice), key), order), value.lineno)

    def _split(self, value: ast.Call, part: ast.expr) -> Order:
        shuffle, order = keyword(value, "shuffle"), self._order(part)
        if order is None or (isinstance(shuffle, ast.Constant) and shuffle.value is False):
            return order
        return self._kept(("split", _draw(value), order), value.lineno)

    def _mixed(self, value: ast.Call, part: ast.expr) -> Order:
        order = self._order(part)
        return None if order is None else self._kept(("mixed", _draw(value), order), value.lineno)

    def _new(self, kind: str, line: int, node: ast.AST) -> Order:
        return self._kept((kind, line, ast.unparse(node)), line)

    def _kept(self, order: tuple[object, ...], line: int) -> Order:
        self.lines.setdefault(order, line)
        return order


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements at the top level, in order, those of plain blocks one by one."""
    for statement in body:
        if isinstance(statement, _BLOCKS):
            yield from statements([s for s in ast.iter_child_nodes(statement) if isinstance(s, ast.stmt)])
        else:
            yield statement


def apart(first: Order, second: Order) -> tuple[Order, Order]:
    """Two orders without the last steps that were the same for both."""
    while first and second and len(first) == len(second) == 3 and first[:2] == second[:2]:
        one, other = first[2], second[2]
        if not isinstance(one, tuple) or not isinstance(other, tuple):
            break
        first, second = one, other
    return first, second


def _draw(value: ast.Call) -> tuple[object, ...]:
    """What decides a random draw: the given state, else the place."""
    state = keyword(value, "random_state")
    return (value.lineno,) if state is None else (ast.unparse(state),)


def _shuffled(node: ast.Call) -> str | None:
    """The variable that a call shuffles in place."""
    if called(node) != "shuffle" or not isinstance(node.func, ast.Attribute) or len(node.args) != 1:
        return None
    if ast.unparse(node.func.value) not in _RANDOM_MODULES:
        return None
    return node.args[0].id if isinstance(node.args[0], ast.Name) else None


def _stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _reseeded(evidence: Evidence) -> bool:
    """Whether random numbers are seeded between two draws, so that both may be the same."""
    calls = [n for n in evidence.nodes if isinstance(n, ast.Call)]
    draws = [n.lineno for n in calls if called(n) in {"shuffle", "permutation"}]
    return any(called(n) in _SEEDING and min(draws) < n.lineno < max(draws) for n in calls if draws)
