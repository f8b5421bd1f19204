"""A statement that was run again after a fault made its models again; they count as one."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Call, Event, ModelSeen, Probe, StatementStarted
from harness.rules._attempts import settled
from tests.rules._traces import array, call, fault, model, pair, trace


def made(number: int, line: int = 3, name: str = "net") -> ModelSeen:
    return replace(model(number, name, line=line), created_line=line)


def events(*given: Event) -> tuple[Event, ...]:
    started = StatementStarted(seq=0, line=1, index=0, end_line=9)
    return trace(started, *given).events


def models(given: tuple[Event, ...]) -> list[int]:
    return [event.model for event in given if isinstance(event, ModelSeen)]


def test_without_a_fault_nothing_changes() -> None:
    given = events(made(0), made(1), call("fit", 0))
    assert settled(given) is given


def test_what_was_tried_with_the_first_model_is_told_of_the_last() -> None:
    tried = call("fit", 0, inputs=(array(4, 2, origin="model", origin_model=0),), error="ValueError")
    after = settled(events(made(0), tried, fault("ValueError", "no"), made(7), call("fit", 7)))
    assert models(after) == [7]
    calls = [event for event in after if isinstance(event, Call)]
    assert [c.model for c in calls] == [7, 7]
    assert calls[0].inputs[0].origin_model == 7
    assert calls[0].error == "ValueError"


def test_models_of_one_line_follow_each_other_in_order() -> None:
    given = events(
        made(0), made(1), fault("ValueError", "no"), made(4), made(5), call("fit", 1), call("fit", 0)
    )
    assert [event.model for event in settled(given) if isinstance(event, Call)] == [5, 4]


def test_models_made_at_other_lines_stay_apart() -> None:
    given = events(made(0, 3), fault("ValueError", "no"), made(1, 5))
    assert settled(given) is given


def test_a_later_statement_is_no_further_attempt() -> None:
    second = StatementStarted(seq=0, line=10, index=1, end_line=12)
    given = events(made(0), fault("ValueError", "no"), second, made(1))
    assert settled(given) is given


def test_the_pairs_of_all_attempts_are_one_pair() -> None:
    given = events(
        made(0), made(1, 4), fault("ValueError", "no"), made(2), made(3, 4), pair(0, 1), pair(2, 3)
    )
    found = [event.result["pairs"] for event in settled(given) if isinstance(event, Probe)]
    assert [(p[0]["generator"], p[0]["discriminator"]) for p in found] == [(2, 3), (2, 3)]
