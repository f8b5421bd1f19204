"""Reviews that Errata itself could not make."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model import Article, Coverage, Review, Verdict
from harness.ours import described
from harness.pipeline.options import Options

_REPORT = "please report it with the article"


def failed(article: Article, options: Options, reason: str) -> Review:
    """The answer about an article of which nothing is known."""
    return Review(
        article=article,
        verdict=Verdict.HARNESS_ERROR,
        reason=reason,
        seconds=0.0,
        confinement=None,
        coverage=Coverage(0, 0, 0),
        findings=(),
        environment={"python": None, "keras": None, "backend": options.backend, "device": None},
    )


def own_fault(error: Exception) -> str:
    """The reason where an exception of our own ended a review."""
    return f"a fault of Errata itself: {described(error)}; {_REPORT}"


def own_faults(failures: Mapping[str, str]) -> str:
    """The reason where rules raised; by rule, what they raised."""
    name, said = next(iter(failures.items()))
    others = f", and {len(failures) - 1} more rules" if len(failures) > 1 else ""
    return (
        f"a fault of Errata itself: the rule {name}{others} could not be applied: {said}; {_REPORT}. "
        "What the other rules found stands"
    )
