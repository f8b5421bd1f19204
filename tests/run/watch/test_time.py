"""Slow training, evaluation and prediction are ended in time for what stands behind them."""

from __future__ import annotations

import pytest

from harness.model import Budget, Call, Limits, StatementDone
from harness.pipeline.coverage import coverage
from harness.pipeline.notes import notes
from tests.pipeline.test_coverage import listed
from tests.run.conftest import RunText

SLOW = """import time
import keras
import numpy as np


class Slow(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        time.sleep(0.2)
        return self.dense(x)


x, y = np.ones((320, 3)), np.zeros((320, 1))
model = Slow()
model.compile("sgd", "mse", run_eagerly=True)
history = model.fit(x, y, epochs=9, batch_size=2, verbose=0)
score = model.evaluate(x, y, batch_size=2, verbose=0)
assert model.predict(x, batch_size=2, verbose=0).shape == (320, 1)
assert len(history.history["loss"]) == 9
quick = keras.Sequential([keras.layers.Dense(1)])
quick.compile("sgd", "mse")
quick.fit(x, y, batch_size=320, verbose=0)  # one update is never cut, on however busy a machine
quick.evaluate(x, y, batch_size=320, verbose=0)
"""


@pytest.mark.slow
def test_what_is_slow_goes_through_a_part_and_what_follows_still_runs(run_text: RunText) -> None:
    budget = Budget(Limits(wall_seconds=40.0), updates=1000, busy_seconds=40.0)
    trace = run_text(SLOW, budget=budget)
    assert trace.completed
    assert {event.status for event in trace.events if isinstance(event, StatementDone)} == {"ok"}
    calls = [event for event in trace.events if isinstance(event, Call) and event.api != "call"]
    told = [(call.api, call.line, call.cut, call.late) for call in calls]
    assert told == [
        ("fit", 19, True, True),
        ("evaluate", 20, True, True),
        ("predict", 21, True, True),
        ("fit", 25, False, False),
        ("evaluate", 26, False, False),
    ]
    assert 2 <= calls[0].updates < 160
    listing = listed(SLOW)
    said = notes(listing, trace, (), coverage(listing, trace))
    assert said[0].endswith(
        f"was ended after {calls[0].updates} of its 1440 updates, which is the time budget."
    )
    assert said[1:] == (
        "The `evaluate` at line 20 went through a part of its examples only, since it took long.",
        "The `predict` at line 21 went through a part of its examples only, since it took long.",
    )
