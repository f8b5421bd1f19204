"""The fixture by which users check a pair of their own; here a GAN of one dimension."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.measure.plugin import check
from tests.measure.cases import CASES

ROOT = Path(__file__).parents[2]

#: The worked example of docs/measuring.md.
EXAMPLE = """
import keras
import numpy as np

real = np.random.default_rng(0).normal(4, 0.5, (500, 1)).astype("float32")

def build():
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
    critic = keras.Sequential([keras.Input((1,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
    return generator, critic

def test_my_pair(check_pair):
    check_pair(*build(), real)

def test_my_pair_learns(check_learns):
    check_learns(build, real, epochs=40)
"""


def user_tests(folder: Path, **texts: str) -> subprocess.CompletedProcess[str]:
    for name, text in texts.items():
        (folder / f"test_{name}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "."]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_documented_example_is_the_tested_one() -> None:
    assert EXAMPLE.strip() in (ROOT / "docs" / "measuring.md").read_text()


@pytest.mark.slow
def test_a_sound_pair_passes_and_every_check_that_another_fails_is_named(tmp_path: Path) -> None:
    relu_last = (
        'keras.layers.Dense(1, "relu", bias_initializer=keras.initializers.Constant(-99))])\n    critic'
    )
    faulty = EXAMPLE.replace("keras.layers.Dense(1)])\n    critic", relu_last)
    assert faulty != EXAMPLE
    done = user_tests(tmp_path, sound=EXAMPLE, faulty=faulty)
    assert done.returncode == 1
    assert "2 failed, 2 passed" in done.stdout, done.stdout
    assert done.stdout.count("FAILED test_faulty.py") == 2
    for name in (
        "gradients-reach-weights",
        "generator-step-raises-belief",
        "no-dead-layer",
        "step-moves-weights",
        "improves-on-epoch-0",
    ):
        assert f"{name}: expected" in done.stdout


BAD_INPUT = (
    "wrong-rank",
    "two-outputs",
    "nan-weights",
    "empty",
    "float64",
    "uint8",
    "other-size",
    "list",
)


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_one_line_with_check_expected_and_found(name: str) -> None:
    (case,) = (case for case in CASES if case.name == name)
    assert case.fails is not None
    given = case.build()
    with pytest.raises(AssertionError) as raised:
        check(given.generator, given.discriminator, given.real)
    (line,) = str(raised.value).splitlines()
    assert line.startswith(f"{case.fails[0]}: expected ")
    assert all(part in line for part in case.fails[1:])


def test_the_plugin_imports_no_framework() -> None:
    code = (
        "import sys, harness.measure.plugin;"
        "print([m for m in ('keras', 'tensorflow', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
