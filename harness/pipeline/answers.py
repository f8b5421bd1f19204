"""Reviews and traces that were made before, kept under everything that they depend on.

Two layers: the trace of a run, and the review that judges it.  With a changed rule the review is made
again from the kept trace.  Only what is complete is kept; what hung or was killed may go better next
time.  What is read back is checked like the records of a run, which nobody trusts either.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cache import Store, digest, installed, sources
from harness.data.cache import cache_folder
from harness.data.places import candidates
from harness.model import Article, Confinement, Listing, Outcome, Review, Verdict
from harness.pipeline import record
from harness.pipeline.options import Options
from harness.run.values import CodecError, build, plain

if TYPE_CHECKING:
    from harness.model import Trace  # a review that was made before needs no trace

# Our own modules on whose text an answer depends.
_RUNNING = ("model", "run", "knowledge", "data")
_JUDGING = (
    *(*_RUNNING, "listing", "rules"),
    *(f"pipeline/{name}.py" for name in ("reviewing", "coverage", "notes", "places", "table")),
)
_FOLDER = "answers"


@cache
def store() -> Store:
    """Where answers are kept: in the user's cache folder."""
    return Store(cache_folder() / _FOLDER)


def review_of(article: Article, options: Options) -> Review | None:
    """The review of an article that was made under the same circumstances."""
    started = time.monotonic()
    key = _review_key(article, options)
    lines = store().get(key)
    if lines is None:
        return None
    try:
        found = record.read(json.loads(lines[0]), article)
    except record.DAMAGED:
        store().drop(key)
        return None
    took = found.seconds if found.cached is None else found.cached
    return replace(found, seconds=time.monotonic() - started, cached=took)


def keep_review(article: Article, options: Options, review: Review, trace: Trace | None) -> None:
    """Keep a review for the next time, if it is complete."""
    if review.verdict in (Verdict.CLEAN, Verdict.FAULTY) and (trace is None or _is_settled(trace)):
        store().put(_review_key(article, options), [_line(record.of(review))])


def trace_of(listing: Listing, options: Options) -> tuple[Trace, Confinement] | None:
    """The trace of a listing that was run under the same circumstances, and how it was confined."""
    from harness.model import Trace
    from harness.run.codec import decode

    key = _trace_key(listing, options)
    lines = store().get(key)
    if lines is None:
        return None
    try:
        head, *records = map(json.loads, lines)
        events = tuple(map(decode, records))
        if any(event.seq != place for place, event in enumerate(events)):
            raise CodecError("records out of order")
        return Trace(events, _outcome(head), completed=True), build(Confinement, head["confinement"])
    except (*record.DAMAGED, AttributeError):
        store().drop(key)
        return None


def keep_trace(listing: Listing, options: Options, trace: Trace, confinement: Confinement) -> None:
    """Keep a trace for the next time, if it is complete."""
    from harness.run.codec import encode

    if not _is_settled(trace):
        return
    seen = trace.outcome
    head = {
        "stdout": base64.b64encode(seen.stdout).decode(),
        "stderr": base64.b64encode(seen.stderr).decode(),
        "truncated": seen.truncated,
        "seconds": seen.seconds,
        "peak_memory": seen.peak_memory,
        "confinement": plain(confinement),
    }
    lines = [_line(head), *(_line(encode(event)) for event in trace.events)]
    store().put(_trace_key(listing, options), lines)


def _outcome(head: Mapping[str, Any]) -> Outcome:
    """The facts of a run that ended well."""
    return Outcome(
        exit_code=0,
        signal=None,
        killed=None,
        stdout=base64.b64decode(head["stdout"], validate=True),
        stderr=base64.b64decode(head["stderr"], validate=True),
        truncated=bool(head["truncated"]),
        seconds=float(head["seconds"]),
        peak_memory=int(head["peak_memory"]),
    )


def _is_settled(trace: Trace) -> bool:
    from harness.model import StatementDone

    hung = any(isinstance(event, StatementDone) and event.status == "timeout" for event in trace.events)
    return trace.completed and not hung


def _line(record: object) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


# --- what answers depend on ---------------------------------------------------------------------------


def _review_key(article: Article, options: Options) -> str:
    what = {"text": article.text, "kind": article.kind, "sources": sources(*_JUDGING)}
    return digest({"review": what, **circumstances(options)})


def _trace_key(listing: Listing, options: Options) -> str:
    what = {"text": listing.text, "sources": sources(*_RUNNING)}
    return digest({"trace": what, **circumstances(options)})


def circumstances(options: Options) -> dict[str, Any]:
    """All on which a run depends besides its program.  Warm or cold is none of it: both come to the same."""
    return {
        "budget": plain(options.budget),
        "backend": options.backend,
        "keras": options.keras,
        "data": list(candidates(options.mnist)),
        "packages": installed(),
        "machine": _machine(),
        # How a run would be confined, as far as can be told without trying.
        "confinement": "none" if options.unsafe else (shutil.which("bwrap"), os.geteuid() == 0),
    }


@cache
def _machine() -> tuple[object, ...]:
    """The kernel, the processor's kind, and whether there is an accelerator."""
    system = os.uname()
    accelerators = sorted(path.name for path in Path("/dev").glob("nvidia[0-9]*"))
    return system.sysname, system.release, system.machine, accelerators
