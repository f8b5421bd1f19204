"""The only place where stages meet: review, prove, apply, run, scaffold.

No machine-learning framework is imported here; that happens in the confined worker alone.  What is
offered is imported when it is first asked for: a review that was made before needs little of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.listing import ArticleError, find_articles
    from harness.pipeline.fixing import apply_errata, check_errata, program_of
    from harness.pipeline.options import Options
    from harness.pipeline.parallel import default_jobs
    from harness.pipeline.proving import prove
    from harness.pipeline.recording import Recorded, record_program, record_proofs
    from harness.pipeline.results import ResultsError
    from harness.pipeline.reviewing import (
        open_sandbox,
        review,
        review_article,
        review_text,
        review_with_trace,
        with_seconds,
    )
    from harness.pipeline.reviews import review_all
    from harness.pipeline.running import RunReport, run_program
    from harness.pipeline.scaffolding import scaffold
    from harness.pipeline.site import site_views

__all__ = [
    "ArticleError",
    "Options",
    "Recorded",
    "ResultsError",
    "RunReport",
    "apply_errata",
    "check_errata",
    "default_jobs",
    "find_articles",
    "open_sandbox",
    "program_of",
    "prove",
    "record_program",
    "record_proofs",
    "review",
    "review_all",
    "review_article",
    "review_text",
    "review_with_trace",
    "run_program",
    "scaffold",
    "site_views",
    "with_seconds",
]

_MODULES = {
    "ArticleError": "harness.listing",
    "Options": "harness.pipeline.options",
    "Recorded": "harness.pipeline.recording",
    "ResultsError": "harness.pipeline.results",
    "RunReport": "harness.pipeline.running",
    "apply_errata": "harness.pipeline.fixing",
    "check_errata": "harness.pipeline.fixing",
    "default_jobs": "harness.pipeline.parallel",
    "find_articles": "harness.listing",
    "open_sandbox": "harness.pipeline.reviewing",
    "program_of": "harness.pipeline.fixing",
    "prove": "harness.pipeline.proving",
    "record_program": "harness.pipeline.recording",
    "record_proofs": "harness.pipeline.recording",
    "review": "harness.pipeline.reviewing",
    "review_all": "harness.pipeline.reviews",
    "review_article": "harness.pipeline.reviewing",
    "review_text": "harness.pipeline.reviewing",
    "review_with_trace": "harness.pipeline.reviewing",
    "run_program": "harness.pipeline.running",
    "scaffold": "harness.pipeline.scaffolding",
    "site_views": "harness.pipeline.site",
    "with_seconds": "harness.pipeline.reviewing",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
