"""Runs a program's top-level statements and mends them as a run does, for tests of repairs."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass, field
from typing import Any

from harness.run.repairs import FaultContext, Proposal, propose


@dataclass
class Mended:
    """What a mended program left behind: its names, the repairs made, and the faults beyond repair."""

    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "article"})
    proposals: list[Proposal] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)


def mend(program: str) -> Mended:
    program = textwrap.dedent(program).strip("\n")
    mended = Mended()
    for statement in ast.parse(program).body:
        source = ast.get_source_segment(program, statement) or ""
        for _ in range(10):
            try:
                exec(source, mended.namespace)  # noqa: S102 - the test's own program
                break
            except Exception as error:  # the program's own faults are what is being tested
                proposal = propose(context(error, source, mended.namespace, program))
                if proposal is None:
                    mended.faults.append(error)
                    break
                assert proposal.before in source
                mended.proposals.append(proposal)
                if proposal.bind:
                    exec(proposal.bind, mended.namespace)  # noqa: S102 - an import
                source = proposal.statement or source
    return mended


def context(error: BaseException, source: str, namespace: dict[str, Any], program: str = "") -> FaultContext:
    statement = ast.parse(source).body[0]
    return FaultContext(
        error=error,
        type=type(error).__name__,
        message=str(error),
        line=1,
        end_line=source.count("\n") + 1,
        source=source,
        statement=statement,
        namespace=namespace,
        program=program or source,
    )
