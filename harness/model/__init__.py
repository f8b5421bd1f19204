"""The nouns of Errata: frozen values that the stages hand to one another.

No behaviour and no third-party import lives here.  The words are those of ``docs/glossary.md``.
Line numbers are always article lines, counted from 1.  For a notebook they are the lines of the
``.ipynb`` file itself where every source line stands on a line of its own (as nbformat writes it).

What a run and its proofs are told in is imported when it is first asked for: a review that was made
before is answered without it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from harness.model.articles import (
    Article,
    Block,
    BlockKind,
    BrokenLine,
    Cell,
    Listing,
    ListingNotice,
    Paragraph,
)
from harness.model.confinement import Budget, Confinement, Killed, Limits, Outcome, Sandbox
from harness.model.reviews import (
    Attribution,
    Coverage,
    FedRow,
    Finding,
    Fix,
    MovedRow,
    Review,
    Severity,
    StepRow,
    UpdateRow,
    Verdict,
)

if TYPE_CHECKING:
    from harness.model.proofs import ArticleProof, Ladder, MutantFate, Proof
    from harness.model.seen import ArraySummary, Fed, LayerSeen, Moved, Roles, Step
    from harness.model.trace import (
        Call,
        Compiled,
        DataLoaded,
        Ended,
        Event,
        Fault,
        FrameworkLoaded,
        LoopLeft,
        LossTaken,
        Lost,
        ModelSeen,
        NetworkTried,
        Noticed,
        Probe,
        Repair,
        SmallerBatch,
        Spent,
        Started,
        StatementDone,
        StatementStarted,
        StoodIn,
        Trace,
    )

__all__ = [
    "ArraySummary",
    "Article",
    "ArticleProof",
    "Attribution",
    "Block",
    "BlockKind",
    "BrokenLine",
    "Budget",
    "Call",
    "Cell",
    "Compiled",
    "Confinement",
    "Coverage",
    "DataLoaded",
    "Ended",
    "Event",
    "Fault",
    "Fed",
    "FedRow",
    "Finding",
    "Fix",
    "FrameworkLoaded",
    "Killed",
    "Ladder",
    "LayerSeen",
    "Limits",
    "Listing",
    "ListingNotice",
    "LoopLeft",
    "LossTaken",
    "Lost",
    "ModelSeen",
    "Moved",
    "MovedRow",
    "MutantFate",
    "NetworkTried",
    "Noticed",
    "Outcome",
    "Paragraph",
    "Probe",
    "Proof",
    "Repair",
    "Review",
    "Roles",
    "Sandbox",
    "Severity",
    "SmallerBatch",
    "Spent",
    "Started",
    "StatementDone",
    "StatementStarted",
    "Step",
    "StepRow",
    "StoodIn",
    "Trace",
    "UpdateRow",
    "Verdict",
]

_MODULES = {
    "ArraySummary": "seen",
    "ArticleProof": "proofs",
    "Call": "trace",
    "Compiled": "trace",
    "DataLoaded": "trace",
    "Ended": "trace",
    "Event": "trace",
    "Fault": "trace",
    "Fed": "seen",
    "FrameworkLoaded": "trace",
    "Ladder": "proofs",
    "LayerSeen": "seen",
    "LoopLeft": "trace",
    "LossTaken": "trace",
    "Lost": "trace",
    "ModelSeen": "trace",
    "Moved": "seen",
    "MutantFate": "proofs",
    "NetworkTried": "trace",
    "Noticed": "trace",
    "StoodIn": "trace",
    "Probe": "trace",
    "Proof": "proofs",
    "Repair": "trace",
    "SmallerBatch": "trace",
    "Roles": "seen",
    "Spent": "trace",
    "Started": "trace",
    "StatementDone": "trace",
    "StatementStarted": "trace",
    "Step": "seen",
    "Trace": "trace",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
