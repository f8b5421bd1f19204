"""What one attempt at a statement leaves for the next."""

from __future__ import annotations

from tests.run.conftest import RunText, roots


def test_a_loop_beside_the_one_that_lost_a_statement_goes_all_its_rounds(run_text: RunText) -> None:
    """What prepares the data is run again with the rest of its function, and is whole."""
    trace = run_text(
        "def rows():\n"
        "    made = []\n"
        "    for i in range(9):\n"
        "        if i > 5:\n"
        "            made.append(i)\n"
        "    return made\n"
        "def train():\n"
        "    held = rows()\n"
        "    for i in range(9):\n"
        "        1 / 0\n"
        "    print(held[0])\n"
        "train()\n"
    )
    assert roots(trace) == [(10, "ZeroDivisionError")]
    assert trace.outcome.stdout == b"6\n"


def test_what_a_failed_attempt_held_is_let_go(run_text: RunText) -> None:
    """Also by the exceptions that were on the way when the last one was raised."""
    trace = run_text(
        "class Large:\n"
        "    held = 0\n"
        "    def __init__(self):\n"
        "        Large.held += 1\n"
        "    def __del__(self):\n"
        "        Large.held -= 1\n"
        "def fetch():\n"
        "    try:\n"
        "        1 / 0\n"
        "    except ZeroDivisionError:\n"
        "        raise ValueError('not there')\n"
        "def load():\n"
        "    large = Large()\n"
        "    fetch()\n"
        "    print(Large.held)\n"
        "load()\n"
    )
    assert [kind for _, kind in roots(trace)] == ["ValueError"]
    assert trace.outcome.stdout == b"1\n"
