"""What a compile asks for: which loss, and whether it takes logits or probabilities."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Compiled, FrameworkLoaded, LossTaken
from harness.rules._activations import output_activation
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence
from harness.rules._program import called, keyword

PROBABILITY_LOSS = "binary_crossentropy"
# Cross-entropies by their canonical names, with the classes whose objects take them.
CROSSENTROPIES = {
    PROBABILITY_LOSS: "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}
_LOGITS_FUNCTIONS = frozenset({"sigmoid_cross_entropy_with_logits", "binary_cross_entropy_with_logits"})


def takes_probabilities(event: Compiled) -> bool:
    """Whether every loss of a compile is a binary cross-entropy of probabilities."""
    return bool(event.losses) and set(event.losses) == {PROBABILITY_LOSS} and event.from_logits is False


def taken(evidence: Evidence, *, logits: bool) -> Iterator[LossTaken]:
    """Cross-entropies that the program takes itself, by loss objects."""
    for event in evidence.of(LossTaken):
        if event.name in CROSSENTROPIES and event.from_logits is logits and event.line is not None:
            yield event


def ends(evidence: Evidence, event: LossTaken) -> str | None:
    """The activation of what a loss is taken of: that of the model, else as it was computed."""
    activation = None if event.model is None else output_activation(evidence, event.model)
    return activation or event.ends


def subject(evidence: Evidence, model: int | None) -> str:
    """What a loss is taken of, for a message."""
    return "what it is given" if model is None else f"`{evidence.name_of(model)}`"


def object_line(evidence: Evidence, event: LossTaken) -> int:
    """Where the loss object is made, if the text makes a single one and gives it a name; else its use."""
    kind = CROSSENTROPIES.get(event.name)
    made = [node for node in evidence.nodes if isinstance(node, ast.Call) and called(node) == kind]
    held = [node for node in made if isinstance(evidence.parents.get(node), ast.Assign)]
    return held[0].lineno if len(made) == len(held) == 1 else event.line or 1


def flag_line(evidence: Evidence, line: int | None) -> int | None:
    """Where ``from_logits=True`` is written for the loss that a statement takes or is compiled with.

    That is in the statement itself, in the loss object that it names, or in the only place there is; None
    where the text has no such place, or several of which none is the statement's own.
    """
    if line is None:
        return None
    flags = {
        word.value.lineno
        for node in evidence.nodes
        if isinstance(node, ast.Call) and asks_for_logits(node)
        for word in node.keywords
        if word.arg == "from_logits"
    }
    around = [
        node
        for node in evidence.nodes
        if isinstance(node, ast.stmt)
        and not hasattr(node, "body")
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    own = [n for n in sorted(flags) if any(s.lineno <= n <= (s.end_lineno or s.lineno) for s in around)]
    if own or len(flags) == 1:
        return own[0] if own else min(flags)
    names = {n.id for s in around for n in ast.walk(s) if isinstance(n, ast.Name)}
    objects = [a for name in sorted(names) for a in assignments(evidence, name)]
    held = [n for a in objects for n in sorted(flags) if a.lineno <= n <= (a.end_lineno or a.lineno)]
    return held[0] if len(set(held)) == 1 else None


def used(evidence: Evidence, event: Compiled) -> Call | None:
    """The first training call made under a compile, before the model gets another loss."""
    later = [e.seq for e in evidence.compiled(event.model) if e.seq > event.seq and e.losses != event.losses]
    limit = min(later, default=None)
    for call in evidence.training:
        if call.model == event.model and call.seq > event.seq and (limit is None or call.seq < limit):
            return call
    return None


def first_compiles(evidence: Evidence) -> Iterator[Compiled]:
    """The first compile of every model with its loss; a repeated one is the same mistake."""
    told: set[tuple[int, tuple[str, ...]]] = set()
    for event in evidence.compiles:
        if (event.model, event.losses) not in told:
            told.add((event.model, event.losses))
            yield event


def innermost(evidence: Evidence, model: int) -> int:
    """The model whose own layer puts out a model's values: its last layer, models looked into."""
    layers = evidence.models[model].layers if model in evidence.models else ()
    inner = layers[-1].model if layers else None
    return model if inner is None else innermost(evidence, inner)


def backend(evidence: Evidence) -> str:
    """The backend that ran: "tensorflow", "jax", "torch"; "" where the run does not say."""
    loaded = evidence.of(FrameworkLoaded)
    return loaded[-1].backend if loaded else ""


def functions(evidence: Evidence) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in evidence.nodes if isinstance(node, ast.FunctionDef)}


def logits_call(evidence: Evidence, function: ast.AST) -> ast.Call | None:
    """The call inside a loss function that takes logits: a framework's function or a loss object."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and (
            called(node) in _LOGITS_FUNCTIONS or _is_logits_object(evidence, node)
        ):
            return node
    return None


def _is_logits_object(evidence: Evidence, node: ast.Call) -> bool:
    """Whether a call is ``bce(...)`` of a loss object that was made with ``from_logits=True``."""
    if not isinstance(node.func, ast.Name):
        return asks_for_logits(node)
    return any(
        isinstance(assign, ast.Assign)
        and isinstance(assign.value, ast.Call)
        and asks_for_logits(assign.value)
        and any(isinstance(target, ast.Name) and target.id == node.func.id for target in assign.targets)
        for assign in evidence.nodes
    )


def asks_for_logits(node: ast.Call) -> bool:
    """Whether ``from_logits=True`` stands among a call's own arguments."""
    flag = keyword(node, "from_logits")
    return isinstance(flag, ast.Constant) and flag.value is True
