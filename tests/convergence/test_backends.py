"""The corrected programs on the other backends: the same verdicts on structure, gradients and steps.

Convergence is tested on TensorFlow alone (``docs/convergence.md`` says why).
"""

from __future__ import annotations

import importlib.util

import pytest

from tests.convergence.programs import PROGRAMS, failed, measured, path_of


@pytest.mark.full  # ten processes; neither backend is a dependency
@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_same_verdicts_as_on_tensorflow(program: str, backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed (pip install errata[{backend}])")
    document = measured(path_of(program), "--check", "structure,gradients", backend=backend)
    assert document["backend"] == backend
    assert not failed(document)
    assert len({check["check"] for check in document["checks"]}) == 16
