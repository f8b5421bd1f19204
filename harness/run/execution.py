"""Runs a program statement by statement; a fault is recorded, mended or cut out, and the run goes on."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import CodeType
from typing import Any, Protocol

from harness.model import Event, Fault, Lost, Repair, StatementDone, StatementStarted
from harness.run import leftovers, repairs
from harness.run.faults import Description, Step, describe, revealed
from harness.run.loops import Loops
from harness.run.names import LostNames, Unfinished
from harness.run.program import Place, Program
from harness.run.renewed import renew

_ATTEMPTS = 40  # of one statement; each one mends or cuts out one fault


class TimeUp(BaseException):
    """Raised in article code when the time for the run is nearly spent."""


class Emit(Protocol):
    def __call__(self, kind: type[Event], /, **fields: Any) -> int:
        """Record an event; returns its sequence number."""
        ...


class Execution:
    """One run of a program in one namespace.

    ``execute`` is the worker's: it runs a code object as a part of the article's module.
    """

    def __init__(
        self,
        program: Program,
        namespace: dict[str, Any],
        emit: Emit,
        loops: Loops,
        execute: Callable[[CodeType], None],
    ) -> None:
        self.executed = 0
        self._program = program
        self._namespace = namespace
        self._emit = emit
        self._loops = loops
        self._execute = execute
        self._place_of_work = Path.cwd()
        self._index = 0  # of the statement that is being attempted
        self._lost = LostNames()
        self._unfinished = Unfinished()
        self._tried: set[tuple[int, str, str, str | None]] = set()

    def run(self) -> None:
        """Attempt every statement once, in order."""
        for index in range(len(self._program)):
            self._index = index
            unit = self._program.unit(index)
            end = unit.end_lineno or unit.lineno
            started = self._emit(StatementStarted, line=unit.lineno, index=index, end_line=end)
            status = self._statement(index)
            if status == "timeout":
                # Later failures for want of what it would have bound follow from the lack of time.
                self._lose(self._program.unit(index), started, module_level=True)
            elif status in ("ok", "cut"):
                self._unfinished.passed(self._program.unit(index))
            self._loops.reset()
            self._loops.damaged.clear()
            self.executed += status in ("ok", "cut")
            self._emit(StatementDone, line=unit.lineno, index=index, end_line=end, status=status)

    def _statement(self, index: int) -> str:
        left = self._loops.left
        found = leftovers.folders(self._place_of_work)
        for _ in range(_ATTEMPTS):
            try:
                self._execute(self._program.compile_unit(index))
            except TimeUp:
                return "timeout"
            except BaseException as error:  # article code may raise anything at all
                if self._is_orderly_exit(index, error):
                    return "ok"
                self._loops.reset()
                # Those that the attempt has made, and not those that a repair is about to make for the next.
                made = leftovers.folders(self._place_of_work) - found
                status = self._fault(index, revealed(error))
                if status is not None:
                    return status
                leftovers.remove(self._place_of_work, made)
                _let_go(error)
                gc.collect()
            else:
                return "cut" if self._loops.left > left else "ok"
        return "failed"

    def _is_orderly_exit(self, index: int, error: BaseException) -> bool:
        """``sys.exit(main())`` as the last statement ends a script as it should, with nothing left to run."""
        last = index == len(self._program) - 1
        if not last or not isinstance(error, SystemExit) or error.code not in (None, 0):
            return False
        steps = describe(error, self._program.filename).steps
        return not any(self._program.goes_on(step.line, step.function) for step in steps)

    def _fault(self, index: int, error: BaseException) -> str | None:
        """Record a fault.  None: the statement is worth another attempt; else its status."""
        told = describe(error, self._program.filename)
        follows = self._lost.cause(told)
        place = self._place(index, told)
        source = self._program.source(place.node)
        context = self._context(place, told, error)
        if follows is not None:
            repairs.forget_failed_steps(context)
            self._record(index, told, place, source, follows=follows)
            return self._give_up(index, told, follows, "lost")
        proposal = None if isinstance(error, SystemExit) else self._proposal(place, context)
        if proposal is None:
            statement, unit = self._at_module_level(index, told), self._program.unit(index)
            follows = self._unfinished.cause(told, statement, unit) or self._lost.read_by(place.node)
            follows = self._unfinished.stale(told, self._places(told)) if follows is None else follows
            if follows is not None:
                self._record(index, told, place, source, follows=follows)
                return self._give_up(index, told, follows, "lost")
        fault = self._record(index, told, place, source, repaired=proposal is not None)
        if proposal is not None:
            self._emit(
                Repair,
                line=place.line,
                end_line=place.end_line,
                rule=proposal.rule,
                fault=fault,
                before=proposal.before,
                after=proposal.after,
                evidence=proposal.evidence,
            )
            return None
        return self._give_up(index, told, fault, "failed")

    def aside(self, error: Exception, line: int | None) -> None:
        """Record a fault of what was only tried, at a line of the statement that runs, and that goes on."""
        told = describe(error, self._program.filename)
        if line is not None:
            told = replace(told, steps=(Step(line, None), *told.steps))
        place = self._place(self._index, told)
        self._record(self._index, told, place, self._program.source(place.node))

    def _place(self, index: int, told: Description) -> Place:
        """The innermost article statement of the traceback; the unit itself where there is none."""
        for step in reversed(told.steps):
            place = self._program.place(step.line, step.function)
            if place is not None:
                return place
        return Place(index, self._program.unit(index), None)

    def _places(self, told: Description) -> list[Place]:
        """The article statements of the traceback, as far as they are known."""
        found = (self._program.place(step.line, step.function) for step in told.steps)
        return [place for place in found if place is not None]

    def _at_module_level(self, index: int, told: Description) -> ast.stmt:
        """The statement of the module, not of a function, on which the traceback begins."""
        place = None
        if told.steps and told.steps[0].function is None:
            place = self._program.place(told.steps[0].line)
        return self._program.unit(index) if place is None else place.node

    def _record(self, index: int, told: Description, place: Place, source: str, **more: Any) -> int:
        return self._emit(
            Fault,
            line=told.steps[-1].line if told.steps else place.line,
            end_line=place.end_line,
            type=told.type,
            message=told.message,
            lines=tuple(step.line for step in told.steps),
            raised_in=told.raised_in,
            statement=index,
            source=source,
            name=told.name,
            object_kind=told.object_kind,
            **more,
        )

    # --- mending ----------------------------------------------------------------------------------

    def _context(self, place: Place, told: Description, error: BaseException) -> repairs.FaultContext:
        return repairs.FaultContext(
            error=error,
            type=told.type,
            message=told.message,
            line=place.line,
            end_line=place.end_line,
            source=self._program.source(place.node),
            statement=place.node,
            namespace=self._namespace,
            local_names=told.steps[-1].local_names if told.steps else frozenset(),
            program=self._program.text,
        )

    def _proposal(self, place: Place, context: repairs.FaultContext) -> repairs.Proposal | None:
        """A repair that has been applied to the working copy, or None."""
        proposal = repairs.propose(context)
        if proposal is None:
            return None
        key = (place.line, proposal.before, proposal.after, proposal.bind)
        if key in self._tried:
            return None
        self._tried.add(key)
        return proposal if self._apply(place, proposal) else None

    def _apply(self, place: Place, proposal: repairs.Proposal) -> bool:
        if proposal.bind is not None:
            try:
                self._execute(compile(proposal.bind, "<repair>", "exec"))
            except (Exception, TimeUp):  # the import may fail in any way that a package can fail
                return False
        if proposal.statement is None:
            return True
        return self._program.replace(place, proposal.statement) and self._renew(place)

    def _renew(self, place: Place) -> bool:
        """Let functions that are already defined, and the text on disk, follow the working copy."""
        Path(self._program.filename).write_text(self._program.text, encoding="utf-8")
        if place.function is None:
            return True
        return renew(place.function, self._program.compile_unit(place.unit))

    # --- cutting out ------------------------------------------------------------------------------

    def _give_up(self, index: int, told: Description, fault: int, status: str) -> str | None:
        """Cut the innermost statement out that can be cut out, and mark what it binds as lost."""
        for step in reversed(told.steps):
            place = self._program.place(step.line, step.function)
            if place is None or not self._can_cut(index, place, step):
                continue
            if place.node is self._program.unit(index):
                break
            node, unit = place.node, self._program.unit(place.unit)
            if self._program.excise(place) and self._renew(place):
                self._loops.damaged.update(each.line for each in told.steps)
                self._lose(node, fault, module_level=place.function is None)
                self._unfinished.add(place, unit, fault, self._namespace)
                return None
        unit = self._program.unit(index)
        self._unfinished.add(Place(index, unit, None), unit, fault, self._namespace)
        self._lose(unit, fault, module_level=True)
        return status

    def _can_cut(self, index: int, place: Place, step: Step) -> bool:
        if step.converted or (place.function is None and place.unit != index):
            return False  # e.g. a lambda of an earlier statement, which is over
        # Without its return statement a function would hand None on, and make new faults.
        return not isinstance(place.node, ast.Return | ast.Pass)

    def _lose(self, node: ast.stmt, fault: int, *, module_level: bool) -> None:
        names = self._lost.add(node, fault)
        if module_level:
            for name in names:
                self._namespace.pop(name, None)
        if names:
            self._emit(Lost, line=node.lineno, names=names, fault=fault)


def _let_go(error: BaseException | None) -> None:
    """Part an exception and those behind it from the failed attempt's arrays; the next makes them anew.

    The innermost traceback holds the frames of all that called it.
    """
    if error is not None and error.__traceback__ is not None:
        error.__traceback__ = None
        _let_go(error.__cause__)
        _let_go(error.__context__)
