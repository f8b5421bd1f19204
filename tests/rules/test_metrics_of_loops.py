"""Metrics of hand-written loops: which are never reset, and which need not be."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

RULE = "metric-never-reset"
LOOP = """\
accuracy = keras.metrics.Accuracy()
for epoch in range(3):
    {first}
    for batch in batches:
        accuracy.update_state(batch, model(batch))
    {last}
"""


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [
        ("pass", "print(accuracy.result())", [6]),
        ("accuracy.reset_state()", "print(accuracy.result())", []),
        ("pass", "print(accuracy.result()); accuracy.reset_states()", []),
        ("accuracy = keras.metrics.Accuracy()", "print(accuracy.result())", []),
        ("pass", "for metric in metrics: metric.reset_state()", []),
        ("pass", "pass", []),
    ],
)
def test_a_metric_over_all_epochs(first: str, last: str, lines: list[int]) -> None:
    found = matches(RULE, evidence(LOOP.format(first=first, last=last)))
    assert [match.line for match in found] == lines


@pytest.mark.parametrize(
    "program",
    [
        LOOP.replace("range(3)", "range(1)").format(first="pass", last="print(accuracy.result())"),
        # Read once, behind all epochs.
        LOOP.format(first="pass", last="pass") + "print(accuracy.result())\n",
        # One loop over batches: its running mean is meant.
        "m = tf.keras.metrics.Mean()\nfor batch in batches:\n    m(step(batch))\n    print(m.result())\n",
        # Keras resets the metrics of a model.
        "class M(Model):\n    def __init__(self):\n        self.loss = keras.metrics.Mean()\n"
        "    def train_step(self, data):\n        for part in data:\n            for one in part:\n"
        "                self.loss.update_state(one)\n        return {'loss': self.loss.result()}\n",
    ],
)
def test_metrics_that_need_no_reset(program: str) -> None:
    assert not matches(RULE, evidence(program))


SEVERAL = """\
loss = keras.metrics.Mean()
accuracy = keras.metrics.Accuracy()
for epoch in range(3):
    {reset}
    for batch in batches:
        step(batch)
        loss.update_state(batch)
        accuracy.update_state(batch, model(batch))
    print(loss.result(), accuracy.result())
"""


@pytest.mark.parametrize(
    ("reset", "lines"),
    [
        ("for m in (loss,): m.reset_state()", [4]),
        ("for m in [loss, accuracy]: m.reset_state()", []),
        ("loss.reset_state()", [9]),
        ("loss.reset_state(); accuracy.reset_state()", []),
        ("reset_all()", [9, 9]),
        ("for m in model.metrics: m.reset_state()", []),
        ("model.reset_metrics()", []),
    ],
)
def test_a_metric_that_is_left_out_where_others_are_reset(reset: str, lines: list[int]) -> None:
    found = matches(RULE, evidence(SEVERAL.format(reset=reset)))
    assert [match.line for match in found] == lines
