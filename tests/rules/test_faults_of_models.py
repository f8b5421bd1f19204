"""Faults of models that were not compiled, or are called in functions: told once and by their names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.rules import get
from harness.rules._judge import judge
from tests.rules._traces import (
    call,
    evidence,
    fault,
    matches,
    model,
)


def test_a_model_that_only_a_function_names_is_called_as_there() -> None:
    text = "def train(d, g):\n    d.train_on_batch(x, y)\n    for m in (d, g): m.fit(x, y)\n"
    steps = [call("train_on_batch", 0, line=2), call("fit", 0, line=3), call("fit", 1, line=3)]
    nameless = (replace(model(number, ""), names=()) for number in (0, 1))
    seen = evidence(text, *nameless, *steps)
    assert seen.name_of(0) == "d"
    assert seen.name_of(1) == "the Sequential model"


UNCOMPILED = "You must call `compile()` before using the model."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("m.fit(x, y)\nm.evaluate(x, y)", "it was never compiled. Call `m.compile(...)` before."),
        ("m.fit(x, y)\nm.evaluate(x, y)\nm.compile()", "is compiled in line 3 only"),
    ],
)
def test_a_model_that_was_not_compiled_is_told_once(code: str, words: str) -> None:
    faults = (fault("ValueError", UNCOMPILED), fault("ValueError", UNCOMPILED, line=2))
    (finding,) = judge(evidence(code, *faults), [get("model-not-compiled"), get("uncaught-exception")])
    assert (finding.rule, finding.line, finding.consequences) == ("model-not-compiled", 1, (2,))
    assert words in finding.message


def test_the_model_that_was_compiled_in_its_place_is_named() -> None:
    code = "a.compile('adam', 'mse')\nb.fit(x, y)"
    (match,) = matches("model-not-compiled", evidence(code, fault("ValueError", UNCOMPILED, line=2)))
    assert "What line 1 compiles is `a`." in match.message
