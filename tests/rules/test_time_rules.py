"""Statements that take too long: endless, slow, or merely late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import StatementDone, StatementStarted
from tests.rules._traces import (
    array,
    call,
    evidence,
    matches,
    model,
)


def timed_out(line: int, status: str = "timeout") -> StatementDone:
    return StatementDone(seq=line, line=line, index=line - 1, end_line=line, status=status)


def test_only_the_first_statement_that_used_up_the_time_does_not_end() -> None:
    found = evidence("x = lock.wait()\nwhile y: pass", timed_out(1), timed_out(2))
    assert [match.line for match in matches("does-not-end", found)] == [1]


def test_training_that_took_too_long_is_not_endless_nor_is_what_came_after() -> None:
    text = "for i in range(9):\n    model.train_on_batch(x, y)\ny = later()"
    found = evidence(text, replace(timed_out(1), end_line=2), timed_out(3))
    assert matches("does-not-end", found) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("while x: pass", "Nothing was seen to end this loop: "),
        ("def f():\n    while x: pass\nf()", "Nothing was seen to end the loop in line 2: "),
        ("lock.wait()", "What this waits for did not come: "),
        ("for i in range(3): lock.wait()", "What this waits for did not come: "),
    ],
)
def test_a_loop_is_told_from_a_wait_with_what_to_do(text: str, words: str) -> None:
    last = text.count("\n") + 1
    (match,) = matches("does-not-end", evidence(text, timed_out(last)))
    assert match.message.startswith(words)


def test_training_inside_a_called_function_is_not_endless() -> None:
    text = "def train():\n    while True:\n        optimizer.apply_gradients(pairs)\ntrain()"
    assert matches("does-not-end", evidence(text, timed_out(4))) == []


def test_training_that_was_seen_while_the_statement_ran_is_not_endless() -> None:
    """The steps of a tf.function stand neither in the statement nor in what it calls by name."""
    text = "def step(x):\n    f(x)\ndef train():\n    for x in source(): Steps.step(x)\ntrain()"
    started = StatementStarted(seq=0, line=5, index=2, end_line=5)
    silent = evidence(text, started, timed_out(5))
    assert [match.line for match in matches("does-not-end", silent)] == [5]
    found = evidence(text, started, call("function", None, line=2), timed_out(5))
    assert matches("does-not-end", found) == []


def test_a_plain_statement_that_time_ran_out_on_is_not_accused() -> None:
    assert matches("does-not-end", evidence("x = x.astype('float32') / 255", timed_out(1))) == []


@pytest.mark.parametrize(
    ("loop", "accused"),
    [
        ("for i, y in enumerate(np.linspace(-1, 1, 30)):", False),
        ("for i in range(n):", False),
        ("for i in tqdm(range(n)):", False),
        ("for i in tqdm.trange(n, desc='rows'):", False),
        ("for x in tqdm(source(), total=9):", True),
        ("for i in range(10**3, 1000000000):", True),
        ("for x in source():", True),
        ("for x in enumerate(source()):", True),
        ("while True:", True),
        ("for x in rows:", False),
        ("for x in self.rows[3:]:", False),
        ("for x in data.take(3):", False),
        ("for x in data.batch(8):", False),
        ("for x in data.repeat().batch(8):", True),
        ("for x in data.repeat().take(8):", False),
        ("for x in data.repeat(3).batch(8):", False),
        ("for x in endless:", True),
        ("for x in drawn():", True),
        ("for x in listed():", False),
        ("for x in images.flow(rows, batch_size=8):", True),
    ],
)
def test_a_loop_over_a_grid_is_slow_and_not_endless(loop: str, accused: bool) -> None:
    made = (
        "def drawn():\n    while True: yield 1\ndef listed():\n    return [1, 2]\n"
        "endless = itertools.cycle(rows)\n"
    )
    body = "show(model.predict(os.path.join(a, b)), names.get(3))"
    text = f"{made}def plot():\n    {loop}\n        {body}\nplot()"
    last = text.count("\n") + 1
    found = matches("does-not-end", evidence(text, timed_out(last)))
    assert [match.line for match in found] == ([last] if accused else [])


@pytest.mark.parametrize(
    ("wait", "accused"), [("queue.get()", True), ("thread.join()", True), ("d.get(1)", False)]
)
def test_a_wait_takes_nothing(wait: str, accused: bool) -> None:
    assert bool(matches("does-not-end", evidence(f"x = {wait}", timed_out(1)))) is accused


@pytest.mark.parametrize(
    ("train", "rows", "found"), [("fit", 64, [3]), ("fit", 10000, []), ("train_on_batch", 10000, [3])]
)
def test_a_prediction_for_each_model_of_a_few_is_no_prediction_for_each_batch(
    train: str, rows: int, found: list[int]
) -> None:
    text = f"for build in (wide, deep):\n    net.{train}(x, y)\n    print(net.predict(z))"
    known = evidence(
        text, model(0, "net"), call("predict", 0, line=3, trains=False, inputs=(array(rows, 4),))
    )
    assert [match.line for match in matches("predict-in-loop", known)] == found
