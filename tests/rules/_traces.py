"""Listings, traces and events with sensible defaults, for tests of rules that need no run.

``trace(call(...), fault(...))`` numbers its events itself: whatever ``seq`` they were made with,
they get their position.  Refer to an event's future number by its position.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.model import (
    ArraySummary,
    Article,
    Block,
    BlockKind,
    Call,
    Compiled,
    Event,
    Fault,
    LayerSeen,
    Listing,
    ListingNotice,
    ModelSeen,
    Moved,
    Noticed,
    Outcome,
    Probe,
    Repair,
    Trace,
)
from harness.rules import get
from harness.rules._evidence import Evidence, Match

OUTCOME = Outcome(
    exit_code=0,
    signal=None,
    killed=None,
    stdout=b"",
    stderr=b"",
    truncated=False,
    seconds=1.0,
    peak_memory=2**28,
)


def listing(source: str, *notices: ListingNotice) -> Listing:
    """A script as a listing: one block, every line its own article line (the first is line 1)."""
    text = textwrap.dedent(source).strip("\n") + "\n"
    article = Article("example.py", hashlib.sha256(text.encode()).hexdigest(), text, "script")
    block = Block(1, BlockKind.PYTHON, "python", 1, text.count("\n"), text)
    return Listing(article, (block,), text, (), notices)


def trace(
    *events: Event, completed: bool = True, outcome: Outcome = OUTCOME, reason: str | None = None
) -> Trace:
    """A trace of these events, renumbered by position."""
    return Trace(
        tuple(replace(event, seq=seq) for seq, event in enumerate(events)), outcome, completed, reason
    )


def evidence(source: str, *events: Event) -> Evidence:
    """Evidence for a rule: with no events the listing alone, as if nothing had been run."""
    return Evidence(listing(source), trace(*events) if events else None)


def matches(rule: str, found: Evidence) -> list[Match]:
    """What one rule says of this evidence."""
    return list(get(rule).find(found))


def array(
    *shape: int,
    dtype: str = "float32",
    low: float | None = 0.0,
    high: float | None = 1.0,
    origin: str = "unknown",
    **more: Any,
) -> ArraySummary:
    more.setdefault("distinct", None)
    return ArraySummary(shape=shape, dtype=dtype, low=low, high=high, origin=origin, **more)


def labels(rows: int, *values: float) -> ArraySummary:
    """A (rows, 1) array of labels holding exactly these values."""
    return array(rows, 1, low=min(values), high=max(values), distinct=values, origin="constant")


def layer(
    kind: str,
    *output_shape: int | None,
    activation: str | None = None,
    parameters: int = 0,
    model: int | None = None,
    **settings: Any,
) -> LayerSeen:
    return LayerSeen(
        kind=kind,
        name=kind.lower(),
        activation=activation,
        output_shape=output_shape or None,
        settings=settings,
        parameters=parameters,
        model=model,
    )


def model(
    number: int,
    name: str,
    *layers: LayerSeen,
    line: int | None = 1,
    kind: str = "Sequential",
    inputs: tuple[tuple[int | None, ...], ...] = ((None, 100),),
    outputs: tuple[tuple[int | None, ...], ...] = ((None, 784),),
    contains: tuple[int, ...] = (),
    shares: tuple[int, ...] = (),
    parameters: int = 100,
) -> ModelSeen:
    return ModelSeen(
        seq=0,
        line=line,
        model=number,
        kind=kind,
        names=(name,),
        layers=layers,
        input_shapes=inputs,
        output_shapes=outputs,
        parameters=parameters,
        contains=contains,
        shares=shares,
    )


def compiled(
    number: int,
    loss: str = "binary_crossentropy",
    *,
    line: int | None = 1,
    optimizer: str = "Adam",
    optimizer_id: int = 1,
    from_logits: bool | None = False,
    trainable: Mapping[int, bool] | None = None,
    **more: Any,
) -> Compiled:
    more.setdefault("learning_rate", 0.001)
    more.setdefault("metrics", ())
    return Compiled(
        seq=0,
        line=line,
        model=number,
        optimizer=optimizer,
        optimizer_id=optimizer_id,
        losses=(loss,),
        from_logits=from_logits,
        trainable={number: True} if trainable is None else trainable,
        **more,
    )


def moved(
    number: int, by: float = 0.01, *, other: float = 0.0, arrays: int = 4, changed: int | None = None
) -> Moved:
    if changed is None:
        changed = arrays if by else 0
    return Moved(model=number, trainable=by, other=other, changed=changed, arrays=arrays)


def call(
    api: str,
    number: int | None,
    *,
    line: int | None = 1,
    inputs: tuple[ArraySummary, ...] = (),
    targets: tuple[ArraySummary, ...] = (),
    outputs: tuple[ArraySummary, ...] = (),
    moved: tuple[Moved, ...] = (),
    **more: Any,
) -> Call:
    """A call; training APIs train unless told otherwise."""
    trains = more.pop("trains", api in {"fit", "train_on_batch", "apply", "function"})
    rows = inputs[0].shape[0] if inputs else None
    defaults: dict[str, Any] = {
        "count": 1,
        "through": () if number is None else (number,),
        "optimizer_id": 1 if trains else None,
        "iterations": (0, 1) if trains else None,
        "losses": (0.7,) if trains else (),
        "batch": min(rows, 32) if rows is not None and api == "fit" else rows,
        "updates": 1 if trains else 0,
        "planned": None,
        "in_loop": False,
    }
    return Call(
        seq=0,
        line=line,
        api=api,
        model=number,
        trains=trains,
        inputs=inputs,
        targets=targets,
        outputs=outputs,
        moved=moved,
        **(defaults | more),
    )


def fault(
    type: str,
    message: str,
    *,
    line: int = 1,
    name: str | None = None,
    object_kind: str | None = None,
    source: str = "",
    follows: int | None = None,
    repaired: bool = False,
    raised_in: str = "",
    end_line: int | None = None,
) -> Fault:
    return Fault(
        seq=0,
        line=line,
        end_line=end_line or line,
        type=type,
        message=message,
        lines=(line,),
        raised_in=raised_in,
        statement=0,
        source=source,
        name=name,
        object_kind=object_kind,
        follows=follows,
        repaired=repaired,
    )


def repair(
    rule: str,
    before: str,
    after: str,
    *,
    line: int = 1,
    fault: int | None = 0,
    end_line: int | None = None,
    **evidence: Any,
) -> Repair:
    return Repair(
        seq=0,
        line=line,
        end_line=end_line or line,
        rule=rule,
        fault=fault,
        before=before,
        after=after,
        evidence=evidence,
    )


def noticed(category: str, message: str, *, line: int | None = 1) -> Noticed:
    return Noticed(seq=0, line=line, category=category, message=message)


def probe(name: str, models: tuple[int, ...] = (), /, **result: Any) -> Probe:
    return Probe(seq=0, line=None, name=name, models=models, result=result)


def pair(generator: int, discriminator: int, combined: int | None = None) -> Probe:
    """The "roles" probe that says who is who."""
    roles = {"generator": generator, "discriminator": discriminator, "combined": combined}
    return probe("roles", (generator, discriminator), pairs=[roles])
