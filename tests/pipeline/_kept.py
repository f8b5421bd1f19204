"""One article with its run and its review, as the cache keeps them."""

from __future__ import annotations

from harness.model import (
    Article,
    Block,
    BlockKind,
    Confinement,
    Coverage,
    Ended,
    Finding,
    Fix,
    Listing,
    Outcome,
    Probe,
    Review,
    Severity,
    StatementDone,
    Trace,
    Verdict,
)
from harness.pipeline import Options

TEXT = "# One\n\n```python\nx = 1\n```\n"
ARTICLE = Article("one.md", "0" * 64, TEXT, "markdown")
LISTING = Listing(ARTICLE, (Block(1, BlockKind.PYTHON, "python", 4, 4, "x = 1"),), "\n\n\nx = 1")
CONFINEMENT = Confinement("bubblewrap", True, True, True, True, True, True, "how")
OPTIONS = Options(cache=True)
FINDING = Finding(
    "some-rule",
    Severity.WARNING,
    4,
    5,
    None,
    "What is wrong.",
    {"numbers": (1, 2.5, None), "nested": {"a": [True]}, "nan": float("inf")},
    Fix("x = 1", "x = 2"),
    (7,),
)
REVIEW = Review(
    ARTICLE,
    Verdict.FAULTY,
    None,
    3.5,
    CONFINEMENT,
    Coverage(1, 1, 0),
    (FINDING,),
    {"python": "3.11", "device": None},
    ("A note.",),
    123,
)
OUTCOME = Outcome(0, None, None, b"\xff\x00out", b"err", False, 1.25, 77)
TRACE = Trace(
    (
        StatementDone(0, 4, 0, 4, "ok"),
        Probe(1, None, "ranges", (0,), {"low": float("-inf"), "pair": (1, 2)}),
        Ended(2, None, 1, 1, 0),
    ),
    OUTCOME,
    completed=True,
)
