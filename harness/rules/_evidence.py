"""What rules look at: the listing, the trace, and the questions that many rules ask of them."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from harness.model import (
    Block,
    Call,
    Compiled,
    Event,
    Fault,
    Fix,
    Listing,
    ModelSeen,
    Probe,
    Repair,
    Roles,
    Severity,
    StatementDone,
    StatementStarted,
    Trace,
)
from harness.rules._attempts import settled
from harness.rules._broken import behind_broken

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Match:
    """A place where a rule fires.

    ``explains`` are the sequence numbers of the faults that this match accounts for, so that the
    fallback rule does not report them again and their consequences are folded under it.
    ``severity`` overrides the rule's own, e.g. where a fault is mended on one backend only, and so does
    ``echo_of``, e.g. where the cause is known and is none of those rules'.
    """

    line: int
    message: str
    end_line: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    fix: Fix | None = None
    explains: tuple[int, ...] = ()
    severity: Severity | None = None
    echo_of: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Evidence:
    """A listing and, where it was run, its trace.  Pure and immutable; every query is cached."""

    listing: Listing
    trace: Trace | None = None
    explained: frozenset[int] = frozenset()

    def explaining(self, more: frozenset[int]) -> Evidence:
        """The same evidence with more faults accounted for; what is known already is not asked again."""
        made = replace(self, explained=self.explained | more)
        about_faults = {"explained", "unexplained", "answers"}
        vars(made).update({name: value for name, value in vars(self).items() if name not in about_faults})
        return made

    @cached_property
    def answers(self) -> dict[Hashable, Any]:
        """What ``kept`` queries have answered."""
        return {}

    # --- source ---------------------------------------------------------------------------------

    @cached_property
    def tree(self) -> ast.Module:
        """The listing's syntax tree; line numbers are article lines."""
        with warnings.catch_warnings():
            # The article's invalid escapes are its own affair, not a warning of ours.
            warnings.simplefilter("ignore")
            return ast.parse(self.listing.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def lines(self) -> Sequence[str]:
        """The article's lines as printed; ``lines[n - 1]`` is article line *n*."""
        text = self.listing.article.text.replace("\r\n", "\n").replace("\r", "\n")
        return text.split("\n")

    def block_at(self, line: int) -> Block | None:
        for block in self.listing.blocks:
            if block.line <= line <= block.end_line:
                return block
        return None

    # --- trace ----------------------------------------------------------------------------------

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The trace's events; a model that was made again in a later attempt is one model."""
        return settled(self.trace.events) if self.trace else ()

    def of(self, kind: type[E]) -> tuple[E, ...]:
        """The events of one kind, in order."""
        return tuple(event for event in self.events if isinstance(event, kind))

    @cached_property
    def models(self) -> Mapping[int, ModelSeen]:
        """Each model as it was last described."""
        return {seen.model: seen for seen in self.of(ModelSeen)}

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return self.of(Call)

    @cached_property
    def training(self) -> tuple[Call, ...]:
        """Calls that train, attempted ones included."""
        return tuple(call for call in self.calls if call.trains)

    @cached_property
    def compiles(self) -> tuple[Compiled, ...]:
        return self.of(Compiled)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Faults that are not mere consequences of earlier ones, or of lines that are no Python."""
        behind = {seq for found in self.behind_broken.values() for seq in found}
        return tuple(f for f in self.of(Fault) if f.follows is None and f.seq not in behind)

    @cached_property
    def behind_broken(self) -> Mapping[int, tuple[int, ...]]:
        """Of each line that is no Python and was left out, the faults of what it should have filled."""
        return behind_broken(self.listing.broken, self.nodes, self.of(Fault))

    @cached_property
    def repairs(self) -> tuple[Repair, ...]:
        return self.of(Repair)

    @cached_property
    def unexplained(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.seq not in self.explained)

    @cached_property
    def unfinished(self) -> StatementStarted | None:
        """The top-level statement that was being executed when the run broke off, if it did."""
        done = {event.index for event in self.of(StatementDone)}
        return next((event for event in reversed(self.of(StatementStarted)) if event.index not in done), None)

    @cached_property
    def break_off_line(self) -> int:
        """The article line at which a run broke off; that of the first statement where none began."""
        if self.unfinished is not None and self.unfinished.line is not None:
            return self.unfinished.line
        return self.tree.body[0].lineno if self.tree.body else 1

    def probes(self, name: str) -> tuple[Probe, ...]:
        return tuple(probe for probe in self.of(Probe) if probe.name == name)

    @cached_property
    def pairs(self) -> tuple[Roles, ...]:
        """Generator/discriminator pairs, as inferred by the "roles" probe."""
        return tuple(
            Roles(pair["generator"], pair["discriminator"], pair.get("combined"))
            for probe in self.probes("roles")
            for pair in probe.result.get("pairs", ())
            if pair["generator"] in self.models and pair["discriminator"] in self.models
        )

    @cached_property
    def named(self) -> Mapping[str, ModelSeen]:
        """The models by the names of the variables that hold them."""
        return {name: seen for seen in self.models.values() for name in seen.names}

    def name_of(self, model: int) -> str:
        """How the article calls a model: its variable's name, also within a function, else its class."""
        seen = self.models.get(model)
        if seen is None:
            return f"model {model}"
        if seen.names:
            return seen.names[0]
        return self._local_names.get(model) or f"the {seen.kind} model"

    @cached_property
    def _local_names(self) -> Mapping[int, str]:
        """The names on which methods of models were called, where a line calls one on one model only."""
        called: dict[tuple[int, str], set[int]] = {}
        for call in self.calls:
            if call.line is not None and call.model is not None:
                called.setdefault((call.line, call.api), set()).add(call.model)
        written: dict[tuple[int, str], set[str]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                written.setdefault((node.lineno, node.func.attr), set()).add(ast.unparse(node.func.value))
        names: dict[int, str] = {}
        for place, models in called.items():
            texts = written.get(place, set())
            text = next(iter(texts)) if len(texts) == 1 else ""
            if len(models) == 1 and text.replace(".", "").isidentifier():
                names.setdefault(next(iter(models)), text)
        return names

    def compiled(self, model: int) -> Iterator[Compiled]:
        """The model's compiles, in order."""
        return (event for event in self.compiles if event.model == model)


P = ParamSpec("P")
R = TypeVar("R")


def kept(query: Callable[Concatenate[Evidence, P], R]) -> Callable[Concatenate[Evidence, P], R]:
    """Answers a query once for each evidence, which never changes, and for each of its other arguments."""

    @wraps(query)
    def answered(evidence: Evidence, /, *args: P.args, **more: P.kwargs) -> R:
        key = (query, args, tuple(sorted(more.items())))
        if key not in evidence.answers:
            evidence.answers[key] = query(evidence, *args, **more)
        answer: R = evidence.answers[key]
        return answer

    return answered
