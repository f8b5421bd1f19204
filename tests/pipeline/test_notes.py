"""What is told of how an article was run."""

from __future__ import annotations

import pytest

from harness.model import Coverage
from harness.pipeline.notes import notes
from tests.rules._traces import call, listing, trace


@pytest.mark.parametrize(
    ("planned", "count", "told"),
    [
        (938, 1, "30 of its 938 updates"),
        (25, 2, "30 of its 50 updates"),  # of two calls alike, each of which asks for 25
        (None, 1, "30 updates"),
    ],
)
def test_of_a_training_that_the_budget_ended_it_is_told_how_much_was_seen(
    planned: int | None, count: int, told: str
) -> None:
    fit = call("fit", 1, line=2, updates=30, planned=planned, count=count, cut=True)
    assert notes(listing("x = 1\nmodel.fit(x)"), trace(fit), (), Coverage(2, 2, 30)) == (
        f"The training at line 2 was ended after {told}, which is the update budget.",
    )
