"""The conductor and its workers: turns, failures, limits of time, and lies."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from harness.measure.throughput import device as devices
from harness.measure.throughput import worker
from harness.measure.throughput.conductor import Conductor
from harness.measure.throughput.gate import Gate
from harness.measure.throughput.hand import Hand, WorkerFailed
from harness.measure.throughput.plan import QUICK, Effort, Subject, own_batch
from harness.measure.throughput.results import Row
from tests.benchmarks.fakes import Sleeper, ThreadSandbox, device
from tests.benchmarks.samples import LIMITS, PROGRAM, WAY

FAST = replace(QUICK, rounds=4, region=0.02, warm=0.01, preparing=20, total=30)
STEPS = {"corrected": 0.004, "article_way": 0.012, "reference": 0.004}


@pytest.fixture
def sleeping(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Sleeper]:
    """Workers whose training sleeps."""

    def make(**fails: str) -> Sleeper:
        sleeper = Sleeper(STEPS, fails)
        monkeypatch.setattr(worker, "_subject", sleeper.subject)
        monkeypatch.setattr(devices, "choose", device)
        return sleeper

    return make


def measured(effort: Effort = FAST, *, way: bool = True, sandbox: Any = None) -> list[Row]:
    subject = Subject("one", PROGRAM, WAY if way else None)
    conductor = Conductor(
        lambda backend, device: sandbox or ThreadSandbox(), Path(__file__), effort, lambda step: None
    )
    return list(conductor.rows([subject], lambda subject: LIMITS))


def test_a_row_holds_what_was_measured(sleeping: Callable[..., Sleeper]) -> None:
    sleeping()
    (row,) = measured()
    found = row.document
    assert (found["slug"], found["backend"], found["device"], found["batch"]) == (
        "one",
        "tensorflow",
        "cpu",
        100,
    )
    assert found["own_batch"]
    assert 2.0 < found["ratio_to_article_way"] < 4.0
    assert 0.7 < found["ratio_to_reference"] < 1.3
    assert 100 / 0.012 < found["images_per_second"]["median"] < 100 / 0.004
    assert found["reference"]["chosen"] == "by hand"
    assert found["article_way"]["title"] == WAY.title
    assert found["peak_memory_bytes"] == 123 * 2**20
    assert len(found["rounds"]) == 4
    # 2000 operations and 1000 bytes at 1e11 and 1e10 a second need 0.1 microseconds.
    assert found["utilisation"] == pytest.approx(0.1 / found["microseconds_per_step"]["median"], rel=0.05)


def test_variants_take_turns_and_the_order_turns_round(sleeping: Callable[..., Sleeper]) -> None:
    sleeper = sleeping()
    measured()
    order = [name for name, _ in groupby(name for name, _ in sleeper.turns)]
    a, b, c = "corrected", "article_way", "reference"
    assert order == [a, b, c, *(a, b, c), *(b, a), *(b, c), *(b, a)]  # warming up, then four rounds


def test_batch_sizes_go_on_while_they_pay(sleeping: Callable[..., Sleeper]) -> None:
    sleeping()
    rows = measured(replace(FAST, sweep=(1, 200, 400, 800, 1600, 3200), sweep_rounds=2))
    # A step takes the same time whatever its size, so each doubling pays.
    assert [row.document["batch"] for row in rows] == [100, 1, 200, 400, 800, 1600, 3200]
    assert [row.document["own_batch"] for row in rows] == [True, *[False] * 6]


def test_batch_sizes_end_where_they_pay_no_more(
    sleeping: Callable[..., Sleeper], monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeping()

    def subject(job: Mapping[str, Any], found: Any) -> Callable[[int, Gate, dict[str, Any]], None]:
        """Steps that take more than their share when they are larger."""

        def train(batch: int, gate: Gate, details: dict[str, Any]) -> None:
            Sleeper({str(job["variant"]): 4e-5 * batch**1.4 / 6}).subject(job, found)(batch, gate, details)

        return train

    monkeypatch.setattr(worker, "_subject", subject)
    rows = measured(replace(FAST, sweep=(1, 200, 400, 800, 1600), sweep_rounds=2))
    assert [row.document["batch"] for row in rows] == [100, 1, 200, 400]  # two that did not pay


def test_other_batch_sizes_are_left_out_when_time_is_up(sleeping: Callable[..., Sleeper]) -> None:
    sleeping()
    rows = measured(replace(FAST, total=0.01, sweep=(1, 200)))
    assert [row.document["batch"] for row in rows] == [100]


def test_a_slow_variant_gets_fewer_rounds(sleeping: Callable[..., Sleeper]) -> None:
    sleeping()
    (row,) = measured(replace(FAST, rounds=6, slow=0.05))
    assert len(row.document["article_way"]["rounds"]) < 6
    assert len(row.document["article_way"]["rounds"]) >= 3


@pytest.mark.parametrize("name", ["reference", "article_way"])
def test_a_variant_that_fails_leaves_the_others(name: str, sleeping: Callable[..., Sleeper]) -> None:
    sleeping(**{name: "no such thing"})
    (row,) = measured()
    assert row.document[name] == {"error": "ValueError: no such thing", "images_per_second": None}
    assert row.document[f"ratio_to_{name}"] is None
    assert row.document["images_per_second"]["median"] > 0


def test_a_program_that_fails_is_a_row_that_says_so(sleeping: Callable[..., Sleeper]) -> None:
    sleeping(corrected="it cannot")
    (row,) = measured()
    assert row.document["error"] == "ValueError: it cannot"
    assert row.document["images_per_second"] is None
    assert row.document["reference"]["images_per_second"]["median"] > 0


def test_an_article_without_a_way_is_not_compared_with_one(sleeping: Callable[..., Sleeper]) -> None:
    sleeper = sleeping()
    (row,) = measured(way=False)
    assert row.document["article_way"] is None
    assert "article_way" not in {name for name, _ in sleeper.turns}


def test_the_device_s_limits(sleeping: Callable[..., Sleeper]) -> None:
    sleeper = sleeping()
    sleeper.steps["limits"] = 0.01
    conductor = Conductor(lambda backend, device: ThreadSandbox(), Path(__file__), FAST, lambda step: None)
    found = conductor.limits("tensorflow", "cpu")
    assert {what for _, what in sleeper.turns} == {"matmul", "copy"}
    assert found["matmul"].device == "a fake cpu"
    assert 2 * 1536**3 / 0.02 < found["matmul"].spread.median < 2 * 1536**3 / 0.01


Answer = Mapping[str, Any]


def liar(*answers: Answer) -> ThreadSandbox:
    """A worker that answers a command with the next of these, whatever was asked."""

    def serve(job: Mapping[str, Any], commands: Any, tell: Callable[[Answer], None]) -> None:
        tell(answers[0])
        for answer in answers[1:]:
            next(commands)
            tell(answer)

    return ThreadSandbox(serve)


READY = {"ready": {"device": "x"}}


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([{"ready": "yes"}], "it answered ['ready'], expected 'ready'"),
        ([READY, {"begun": {"first": float("nan"), "first_steps": 1, "step": 1}}], "it says first = nan"),
        ([READY, {"begun": {"first": 1, "first_steps": True, "step": 1}}], "it says first_steps = True"),
        ([READY, {"begun": {"first": 1, "first_steps": 1, "step": -1}}], "it says step = -1"),
        ([READY, {"timed": {"steps": 1, "seconds": 1}}], "it answered ['timed'], expected 'begun'"),
        ([READY, {"failed": "no memory"}], "no memory"),
        ([READY], "its process ended with exit status 0: last words"),
    ],
)
def test_what_a_worker_says_is_checked(answers: list[Answer], error: str) -> None:
    hand = Hand(liar(*answers), {"backend": "x", "device": "cpu"}, None, Path(__file__), 10)

    def asked() -> None:
        hand.started(5)
        hand.begin(1, 5)

    with pytest.raises(WorkerFailed, match=re.escape(error)):
        asked()
    hand.close(1)


def test_a_worker_that_takes_too_long_is_ended() -> None:
    ended = threading.Event()

    def serve(job: Mapping[str, Any], commands: Any, tell: Callable[[Answer], None]) -> None:
        tell(READY)
        try:
            while True:  # compiling for ever
                time.sleep(0.02)
                tell({"alive": True})
        finally:
            ended.set()

    hand = Hand(ThreadSandbox(serve), {"backend": "x", "device": "cpu"}, None, Path(__file__), 10)
    hand.started(5)
    with pytest.raises(WorkerFailed, match="longer than 0 s") as failed:
        hand.begin(1, 0.1)
    assert failed.value.fatal
    assert ended.wait(5)
    hand.close(0)


def test_an_interrupt_ends_all_workers(sleeping: Callable[..., Sleeper]) -> None:
    sleeping()
    before = threading.active_count()

    def show(step: str) -> None:
        if "round 2" in step:
            raise KeyboardInterrupt

    conductor = Conductor(lambda backend, device: ThreadSandbox(), Path(__file__), FAST, show)
    with pytest.raises(KeyboardInterrupt):
        list(conductor.rows([Subject("one", PROGRAM, WAY)], lambda subject: LIMITS))
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("text", "batch"),
    [
        ("gan.fit(x, batch_size=100)", 100),
        ("gan.fit(x)", 32),
        ("for i in x:\n    model.fit(x, batch_size=8)\ngan.fit(x, batch_size=size)", 8),
        ("fit = 1", 32),
    ],
)
def test_the_program_s_own_batch_size(text: str, batch: int) -> None:
    assert own_batch(text) == batch


def test_json_of_a_row_is_json(sleeping: Callable[..., Sleeper]) -> None:
    sleeping()
    for row in measured():
        assert json.loads(json.dumps(row.document, allow_nan=False)) == row.document
