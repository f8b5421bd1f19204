"""What did not run is named by its lines, and training that was not seen is said to be unknown."""

from __future__ import annotations

import hashlib

import pytest

from harness.listing import read_listing
from harness.model import (
    Article,
    Coverage,
    Ended,
    Event,
    Finding,
    Listing,
    Severity,
    StatementDone,
    Trace,
    Verdict,
)
from harness.pipeline import review_text
from harness.pipeline.coverage import coverage, unseen_training
from tests.rules._traces import call, fault, trace


def listed(text: str) -> Listing:
    kind = "markdown" if "```" in text else "script"
    return read_listing(Article("a", hashlib.sha256(text.encode()).hexdigest(), text, kind))


def done(line: int, index: int, status: str = "ok", end: int | None = None) -> StatementDone:
    return StatementDone(seq=0, line=line, index=index, end_line=end or line, status=status)


def ended(statements: int, executed: int) -> Ended:
    return Ended(seq=0, line=None, statements=statements, executed=executed, updates=0)


def note(text: str, *events: Event, findings: tuple[Finding, ...] = ()) -> str | None:
    run = trace(*events)
    return unseen_training(listed(text), run, coverage(listed(text), run), findings)


def finding(line: int, severity: Severity, *consequences: int) -> Finding:
    return Finding("a-rule", severity, line, line, 1, "Something.", consequences=consequences)


def test_what_no_parser_accepts_is_a_statement_that_did_not_run() -> None:
    text = "Words.\n\n```python\nx = 1\nprint(x, = 2)\ny = 2\n```\n"
    run: Trace = trace(done(4, 0), done(6, 1), ended(2, 2))
    assert coverage(listed(text), run) == Coverage(3, 2, 0, (5,))
    assert coverage(listed("```python\nprint(x, = 2)\n```\n"), None) == Coverage(1, 0, 0, (2,))


def test_lines_of_failed_and_of_cut_out_statements_are_named_without_blank_ones() -> None:
    text = "a = f(\n\n    1)\nfor i in range(3):\n    g(i)\n    h(i)\nb = 2\n"
    run = trace(
        fault("NameError", "f", line=1, end_line=3),
        done(1, 0, "failed", 3),
        fault("NameError", "g", line=5),
        done(4, 1),
        done(7, 2),
        ended(3, 2),
    )
    assert coverage(listed(text), run).not_run == (1, 3, 5)


def test_a_repaired_statement_ran_and_what_was_never_begun_did_not() -> None:
    text = "a = 1\nb = 2\nc = 3\n"
    run = trace(fault("NameError", "a", line=1, repaired=True), done(1, 0), completed=False)
    assert coverage(listed(text), run) == Coverage(3, 1, 0, (2, 3))


def test_lines_that_a_trace_makes_up_are_left_out() -> None:
    run = trace(fault("NameError", "a", line=-5, end_line=10**15), done(1, 0), ended(1, 1))
    assert coverage(listed("a = 1\n"), run).not_run == (1,)


def test_training_that_a_fault_stopped_is_said_to_be_unknown() -> None:
    text = "model = f()\nmodel.fit(x, y)\nprint(1)\n"
    told = note(text, done(1, 0, "failed"), done(2, 1, "lost"), done(3, 2), ended(3, 1))
    assert told is not None
    assert told.startswith(
        "No training ran: `model.fit` (line 2) could not. What it would have shown is unknown"
    )
    assert told.endswith("and whether anything is learned.")


@pytest.mark.parametrize(
    ("findings", "next_step"),
    [
        (
            (finding(1, Severity.ERROR), finding(2, Severity.NOTE)),
            "Mend the error at line 1 and review the article again.",
        ),
        # An error where all ran did not keep the training from running; a note may have.
        (
            (finding(3, Severity.ERROR), finding(1, Severity.NOTE)),
            "See to the note at line 1 and review the article again.",
        ),
        ((finding(3, Severity.NOTE, 2),), "See to the note at line 3 and review the article again."),
        (
            (finding(2, Severity.WARNING), finding(1, Severity.WARNING)),
            "Mend the warnings at line 1, line 2 and review the article again.",
        ),
        ((finding(3, Severity.ERROR),), "and whether anything is learned."),
        # An unused import, say, where nothing failed: what was lost was lost by something else.
        ((finding(2, Severity.NOTE),), "and whether anything is learned."),
    ],
)
def test_what_is_to_be_mended_is_what_kept_lines_from_running(
    findings: tuple[Finding, ...], next_step: str
) -> None:
    text = "model = f()\nmodel.fit(x, y)\nprint(1)\n"
    events = (done(1, 0, "failed"), done(2, 1, "lost"), done(3, 2), ended(3, 1))
    told = note(text, *events, findings=findings)
    assert told is not None
    assert told.endswith(next_step)
    assert "above" not in told


def test_training_that_was_begun_is_not_said_not_to_have_run() -> None:
    text = "model = f()\nmodel.fit(x, y)\n"
    made = Ended(seq=0, line=None, statements=2, executed=1, updates=4)
    told = note(text, done(1, 0), done(2, 1, "timeout"), made)
    assert told is not None
    assert told.startswith("Of the training `model.fit` (line 2) did not run to its end: ")


def test_of_several_trainings_those_that_did_not_run_are_named() -> None:
    text = "a.fit(x)\nb.fit(x)\n"
    told = note(text, call("fit", 0, line=1), done(1, 0), done(2, 1, "failed"), ended(2, 1))
    assert told == "Of the training `b.fit` (line 2) did not run: what it would have shown is unknown."


def test_training_in_a_function_that_is_never_reached_or_in_a_broken_line_counts() -> None:
    text = "def train():\n    model.fit(x, y)\ntrain()\n"
    told = note(text, done(1, 0, end=2), done(3, 1, "lost"), ended(2, 1))
    assert told is not None
    assert "`model.fit` (line 2)" in told
    broken = "Words.\n\n```python\nx = 1\nmodel.fit(x y)\n```\n"
    told = note(broken, done(4, 0), ended(1, 1))
    assert told is not None
    assert "`model.fit` (line 5)" in told


@pytest.mark.parametrize(
    ("text", "events"),
    [
        # What is not watched is not said to have been missed.
        ("pca.fit(x)\n", (done(1, 0), ended(1, 1))),
        ("def train():\n    model.fit(x)\nprint(1)\n", (done(1, 0, end=2), done(3, 1), ended(2, 2))),
        # The training ran; what follows it did not.
        (
            "for i in r:\n    m.train_on_batch(x, y)\n    show(i)\n",
            (call("train_on_batch", 0, line=2), done(1, 0, "failed", 3), ended(1, 0)),
        ),
        (
            "def step(x):\n    adam.apply_gradients(g)\nfor x in d:\n    step(x)\nshow()\n",
            (call("function", None, line=4), done(1, 0), done(3, 1, "failed", 4), done(5, 2), ended(3, 2)),
        ),
        ("print(x, = 1)\n", (ended(0, 0),)),
    ],
)
def test_nothing_is_said_of_training_that_ran_or_that_no_fault_stopped(
    text: str, events: tuple[Event, ...]
) -> None:
    assert note(text, *events) is None


def test_a_review_says_so() -> None:
    review = review_text("```python\nmodel = build()\nmodel.fit([1], [2])\n```\n\n```python\nx = = 1\n```\n")
    assert review.verdict is Verdict.FAULTY
    assert review.coverage == Coverage(3, 0, 0, (2, 3, 7))
    assert review.notes[0].startswith("No training ran: `model.fit` (line 3) could not.")
