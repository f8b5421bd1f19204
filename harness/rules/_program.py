"""What can be read from a program's text: bindings, method calls, loops, where values come from.

A run shows more, and a rule prefers it.  These questions serve to find the line to mark, and to say
something of statements that a run could not reach.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.model import Call
from harness.rules._evidence import Evidence, kept

TRAINING_METHODS = frozenset(
    {"fit", "fit_generator", "train_on_batch", "apply_gradients", "minimize", "train_step", "train"}
)
_MODEL_MAKERS = frozenset({"Sequential", "Model", "Functional"})
_RANDOM = frozenset(
    {"normal", "uniform", "randn", "rand", "random", "standard_normal", "randint", "truncated_normal"}
)
_CONSTANT = frozenset({"zeros", "ones", "full", "zeros_like", "ones_like", "full_like"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class MethodCall:
    """``receiver.method(...)`` somewhere in the program."""

    line: int
    end_line: int
    receiver: str  # source text, e.g. "discriminator" or "self.generator"
    method: str
    node: ast.Call
    in_loop: bool
    function: str | None  # the function whose body it stands in


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` as text; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else None
    return None


def called(node: ast.AST) -> str | None:
    """The last part of the name that a call calls: "Dense" for ``layers.Dense(3)``."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def enclosing(evidence: Evidence, node: ast.AST, *kinds: type[ast.AST]) -> ast.AST | None:
    """The innermost node of these kinds around ``node``."""
    around = evidence.parents.get(node)
    while around is not None and not isinstance(around, kinds):
        around = evidence.parents.get(around)
    return around


def loop_around(evidence: Evidence, node: ast.AST) -> ast.For | ast.While | None:
    """The innermost loop around a node, within its own function."""
    around = enclosing(evidence, node, ast.For, ast.While, *_FUNCTIONS, ast.Lambda)
    return around if isinstance(around, ast.For | ast.While) else None


def loop_at(evidence: Evidence, line: int | None) -> ast.For | ast.While | None:
    """The innermost loop whose body holds an article line."""
    if line is None:
        return None
    loops = [
        node
        for node in evidence.nodes
        if isinstance(node, ast.For | ast.While) and node.lineno < line <= (node.end_lineno or node.lineno)
    ]
    return max(loops, key=lambda node: node.lineno, default=None)


def rounds(loop: ast.For | ast.While) -> int | None:
    """How often a loop over ``range`` of plain numbers goes round; None for any other."""
    source = loop.iter if isinstance(loop, ast.For) else None
    if not isinstance(source, ast.Call) or not isinstance(source.func, ast.Name) or source.func.id != "range":
        return None
    values = [node.value for node in source.args if isinstance(node, ast.Constant)]
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) != len(source.args):
        return None
    return len(range(*numbers))


def method_calls(evidence: Evidence) -> Iterator[MethodCall]:
    """Every call of a method, in the order of the lines."""
    nodes = [n for n in evidence.nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    for node in sorted(nodes, key=lambda n: (n.lineno, n.col_offset)):
        assert isinstance(node.func, ast.Attribute)
        function = enclosing(evidence, node, *_FUNCTIONS)
        yield MethodCall(
            line=node.lineno,
            end_line=node.end_lineno or node.lineno,
            receiver=ast.unparse(node.func.value),
            method=node.func.attr,
            node=node,
            in_loop=loop_around(evidence, node) is not None,
            function=function.name if isinstance(function, _FUNCTIONS) else None,
        )


def training_sites(evidence: Evidence) -> tuple[MethodCall, ...]:
    """Calls that look like training, whether or not a run reached them."""
    return tuple(site for site in method_calls(evidence) if _trains(site))


def _trains(site: MethodCall) -> bool:
    if site.method in TRAINING_METHODS:
        return "tokeniz" not in site.receiver.lower() and "scaler" not in site.receiver.lower()
    # dataset.apply() and scheduler.step() do not train; an optimizer's do.
    return site.method in {"apply", "step"} and "opt" in site.receiver.lower()


def is_called(evidence: Evidence, function: str | None) -> bool:
    """Whether a function's name is read anywhere; True for None, the module itself."""
    if function is None:
        return True
    return any(
        (isinstance(node, ast.Name) and node.id == function and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr == function)
        for node in evidence.nodes
    )


# Methods that Keras or Python calls, so that no text has to.
_HOOKS = frozenset({"train_step", "test_step", "call", "__call__", "__init__", "build", "__iter__"})


def reachable_training(evidence: Evidence) -> tuple[MethodCall, ...]:
    """Training that stands at module level, or in a function or method that something calls.

    A call of a function that the program defines is none: what trains stands inside that function.
    """
    own = {node.name for node in evidence.nodes if isinstance(node, _FUNCTIONS)}
    return tuple(
        site
        for site in training_sites(evidence)
        if site.method not in own
        and (is_called(evidence, site.function) or site.function in _HOOKS or _of_callback(site.function))
    )


def _of_callback(function: str | None) -> bool:
    return function is not None and function.startswith("on_")


def _seen(evidence: Evidence, site: MethodCall) -> bool:
    """Whether the run shows this training: a call recorded at its lines, or inside its function."""
    lines = {call.line for call in evidence.calls if call.line is not None and call.trains}
    if any(site.line <= line <= site.end_line for line in lines):
        return True
    taken = {step.line for call in evidence.training for step in call.steps if step.exact}
    if (
        taken - {None}
        and site.function is not None
        and site.method in {"apply_gradients", "apply", "minimize"}
    ):
        # Of traced steps it is known where their gradients are taken: a function with none was not reached.
        around = enclosing(evidence, site.node, *_FUNCTIONS)
        first, last = getattr(around, "lineno", 0), getattr(around, "end_lineno", 0)
        return any(line is not None and first <= line <= last for line in taken)
    return site.method not in {"fit", "fit_generator", "train_on_batch"} and any(
        isinstance(call, Call) and call.api in {"function", "apply", "fit"} for call in evidence.training
    )


def unreached_training(evidence: Evidence) -> tuple[MethodCall, ...]:
    """Training that stands in the text and that the run did not get to."""
    return tuple(site for site in reachable_training(evidence) if not _seen(evidence, site))


@kept
def bindings(evidence: Evidence) -> Mapping[str, list[ast.expr]]:
    """For each plain name the expressions it is assigned from, in order of the lines."""
    found: dict[str, list[ast.expr]] = defaultdict(list)
    assigns = [n for n in evidence.nodes if isinstance(n, ast.Assign | ast.AnnAssign | ast.AugAssign)]
    for node in sorted(assigns, key=lambda n: n.lineno):
        if node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            for name, value in _pairs(target, node.value):
                found[name].append(value)
    return found


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        for index, part in enumerate(target.elts):
            yield from _pairs(
                part, value.elts[index] if same and isinstance(value, ast.Tuple | ast.List) else value
            )


def origins(evidence: Evidence, node: ast.expr) -> frozenset[str]:
    """Where a value comes from, as far as the text says.

    A set of "random", "constant", "data-set", "model" and "unknown"; anything that is not
    understood adds "unknown", so that only a set without it is a statement.
    """
    return frozenset(_origins(node, bindings(evidence), frozenset()))


def _origins(node: ast.expr, bound: Mapping[str, list[ast.expr]], visited: frozenset[str]) -> set[str]:
    if isinstance(node, ast.Constant):
        return {"constant"}
    if isinstance(node, ast.Name):
        if node.id in visited or node.id not in bound:
            return {"unknown"} if node.id not in visited else set()
        found: set[str] = set()
        for value in bound[node.id]:
            found |= _origins(value, bound, visited | {node.id})
        return found
    if isinstance(node, ast.Subscript | ast.Starred):
        return _origins(node.value, bound, visited)
    if isinstance(node, ast.UnaryOp):
        return _origins(node.operand, bound, visited)
    if isinstance(node, ast.BinOp):
        both = _origins(node.left, bound, visited) | _origins(node.right, bound, visited)
        return both - {"constant"} or both
    if isinstance(node, ast.Call):
        return _origins_of_call(node, bound, visited)
    return {"unknown"}


def _origins_of_call(
    node: ast.Call, bound: Mapping[str, list[ast.expr]], visited: frozenset[str]
) -> set[str]:
    name, path = called(node), dotted(node.func) or ""
    if name == "load_data":
        return {"data-set"}
    if name in _RANDOM and "random" in path:
        return {"random"}
    if name in _CONSTANT:
        return {"constant"}
    if name in {"predict", "predict_on_batch"}:
        return {"model"}
    if name in {"reshape", "astype", "copy", "flatten"} and isinstance(node.func, ast.Attribute):
        inner = _origins(node.func.value, bound, visited)
        # np.reshape(x, ...) has the module before the dot and the array as its first argument.
        return inner if inner != {"unknown"} or not node.args else _origins(node.args[0], bound, visited)
    return {"unknown"}


def frozen(evidence: Evidence) -> tuple[tuple[int, str, bool], ...]:
    """Assignments ``model.trainable = flag`` as (line, model's text, flag).

    ``for layer in model.layers: layer.trainable = flag`` is one of the model's.
    """
    return tuple(
        sorted(
            (node.lineno, _whole(evidence, node, target.value), bool(node.value.value))
            for node in evidence.nodes
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Attribute) and target.attr == "trainable"
        )
    )


def _whole(evidence: Evidence, node: ast.AST, text: ast.expr) -> str:
    loop, name = loop_around(evidence, node), ast.unparse(text)
    if not isinstance(loop, ast.For) or ast.unparse(loop.target) != name:
        return name
    layers = loop.iter if isinstance(loop.iter, ast.Attribute) and loop.iter.attr == "layers" else None
    return name if layers is None else ast.unparse(layers.value)


def is_model_maker(node: ast.AST) -> bool:
    """Whether an expression makes a Keras model."""
    return called(node) in _MODEL_MAKERS
