"""The statements that make the losses of two players, each trained by steps of its own."""

from __future__ import annotations

import ast

from harness.model import Roles, Step
from harness.rules._evidence import Evidence
from harness.rules._losses import functions
from harness.rules._program import called
from harness.rules._tapes import labels_line, loss_line, made_at


def loss_of(evidence: Evidence, trained: int, other: int) -> int | None:
    """The line of the loss that trains one player alone, else that of the call in which it does."""
    found = [
        (call, step)
        for call in evidence.training
        for step in call.steps
        if trained in step.trained and other not in step.trained and call.line is not None
    ]
    # A network may have a loss that has nothing to do with the other, as an encoder has.
    for call, step in [one for one in found if other in one[1].through] or found:
        if step.line is None:
            return call.line
        return labels_line(evidence, step.line) or loss_line(evidence, step.line)
    return None


def has_own_loss(evidence: Evidence, pair: Roles) -> bool:
    """Whether the text makes the losses of which the players' gradients are taken in two statements."""
    players = ((pair.generator, pair.discriminator), (pair.discriminator, pair.generator))
    lines = [{s.line for s in _steps_alone(evidence, *order) if s.line is not None} for order in players]
    made = [{made_at(evidence, line) for line in own} for own in lines]
    found = not any(own & at for own, at in zip(lines, made, strict=True))
    return found and all(made) and not made[0] & made[1]


def exchanged(evidence: Evidence, pair: Roles) -> ast.Call | None:
    """The call that makes a player's loss and hands a function two arguments in each other's place."""
    steps = _steps_alone(evidence, pair.discriminator, pair.generator)
    steps += _steps_alone(evidence, pair.generator, pair.discriminator)
    lines = {made_at(evidence, step.line) for step in steps if step.line is not None}
    written = functions(evidence)
    for node in evidence.nodes:
        function = written.get(called(node) or "") if isinstance(node, ast.Call) else None
        if not isinstance(node, ast.Call) or function is None or node.lineno not in lines:
            continue
        taken = [argument.arg for argument in function.args.args if argument.arg != "self"]
        given = [part.id if isinstance(part, ast.Name) else None for part in node.args]
        if len(given) == 2 and given == taken[1::-1] and given[0] != given[1]:
            return node
    return None


def _steps_alone(evidence: Evidence, trained: int, other: int) -> list[Step]:
    """The steps that train one player and not the other."""
    return [
        step
        for call in evidence.training
        for step in call.steps
        if trained in step.trained and other not in step.trained
    ]
