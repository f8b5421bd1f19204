"""The fixture by which users check a pair of their own; here a GAN of one dimension."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: The worked example of docs/measuring.md.
EXAMPLE = """
import keras
import numpy as np

generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
discriminator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])

def test_my_pair(check_pair):
    check_pair(generator, discriminator, np.random.default_rng(0).normal(4, 0.5, (500, 1)).astype("float32"))
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
    relu_last = 'keras.layers.Dense(1, "relu", bias_initializer=keras.initializers.Constant(-99))])\ndisc'
    faulty = EXAMPLE.replace("keras.layers.Dense(1)])\ndisc", relu_last)
    done = user_tests(tmp_path, sound=EXAMPLE, faulty=faulty)
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "FAILED test_faulty.py" in done.stdout
    for check in (
        "gradients-reach-weights",
        "generator-step-raises-belief",
        "no-dead-layer",
        "step-moves-weights",
    ):
        assert f"{check}: expected" in done.stdout


def test_the_plugin_imports_no_framework() -> None:
    code = (
        "import sys, harness.measure.plugin;"
        "print([m for m in ('keras', 'tensorflow', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
