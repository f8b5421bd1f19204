"""The corrected programs on the other backends: the same verdicts on structure, gradients and steps.

Convergence is tested on TensorFlow alone (``docs/convergence.md`` says why).
"""

from __future__ import annotations

import pytest

from tests.convergence.corrected import STRUCTURE_AND_GRADIENTS
from tests.convergence.programs import PROGRAMS, failed, measured, path_of
from tests.measure.backends import BACKENDS

#: In every run of the tests; the others take up to ten times as long.
LIGHT = ("dense_gan",)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "program",
    [
        pytest.param(program, marks=pytest.mark.slow if program in LIGHT else pytest.mark.full)
        for program in PROGRAMS
    ],
)
def test_the_same_verdicts_as_on_tensorflow(program: str, backend: str) -> None:
    document = measured(path_of(program), "--check", "structure,gradients", backend=backend)
    assert document["backend"] == backend
    assert not failed(document)
    assert {check["check"] for check in document["checks"]} == STRUCTURE_AND_GRADIENTS
