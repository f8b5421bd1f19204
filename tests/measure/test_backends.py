"""Every verdict of ``cases.py`` on JAX and torch: the same as on TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.measure.backends import BACKENDS, environment
from tests.measure.cases import CASES

# XLA compiles every operation of these small models, most of them to run once: optimising takes longer than
# it saves. (With convolutions it is the other way round.)
XLA_FLAGS = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_verdicts_are_the_same_on_other_backends(backend: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.measure.cases"],
        capture_output=True,
        text=True,
        env={**environment(backend), "XLA_FLAGS": XLA_FLAGS},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"backend": backend, "cases": len(CASES), "wrong": {}}
