"""Recordings are claims: read with care, measured from their pixels."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.data import embedded_mnist
from harness.measure.recorded import DIGITS, MOMENTS, SAMPLES, Recording, RecordingError, measured, read
from harness.measure.scores import embedded_yardstick

TOLD = {"moments": [0, 3], "steps": 2, "at": [1, 2, 3], "losses": {"g_loss": [1.0, 2.0, 4.0]}}
SIZE = 2 * SAMPLES * 28 * 28


def write(folder: Path, told: object = TOLD, size: int = SIZE) -> None:
    (folder / MOMENTS).write_text(json.dumps(told))
    (folder / DIGITS).write_bytes(b"\7" * size)


def test_a_recording_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    found = read(tmp_path)
    assert (found.moments, found.steps, found.at) == ((0, 3), 2, (1, 2, 3))
    assert found.losses == {"g_loss": (1.0, 2.0, 4.0)}
    assert found.images.shape == (2, SAMPLES, 28, 28)
    assert (found.images == 7).all()


def test_long_losses_become_means_over_equal_stretches(tmp_path: Path) -> None:
    at = list(range(1, 601))
    write(tmp_path, {**TOLD, "at": at, "losses": {"g_loss": [float(n) for n in at], "short": [1.0]}})
    found = read(tmp_path)
    assert found.at == tuple(range(10, 601, 10))
    assert found.losses == {"g_loss": tuple(n - 4.5 for n in range(10, 601, 10))}


def test_losses_that_are_not_finite_stay_so(tmp_path: Path) -> None:
    write(tmp_path, {**TOLD, "losses": {"g_loss": [1.0, float("inf"), 1e300]}})
    assert list(map(math.isnan, read(tmp_path).losses["g_loss"])) == [False, True, True]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / MOMENTS).unlink(), "no training by fit was seen"),
        (lambda folder: write(folder, []), "not of the expected form"),
        (lambda folder: write(folder, {**TOLD, "moments": [0]}), "found 1 moments, expected 2 to 200"),
        (lambda folder: write(folder, {**TOLD, "moments": [3, 0]}), "in order"),
        (lambda folder: write(folder, {**TOLD, "moments": [0, True]}), "True is no count"),
        (lambda folder: write(folder, {**TOLD, "steps": -1}), "-1 is no count"),
        (lambda folder: write(folder, {**TOLD, "losses": {"g": ["x"]}}), "a loss is no number"),
        (lambda folder: write(folder, size=SIZE - 1), "expected 1568000"),
        (lambda folder: write(folder, size=SIZE + 1), "expected a file of 1568000 at most"),
        (lambda folder: (folder / MOMENTS).write_text("[" * 9_000), "not of the expected form"),
    ],
)
def test_another_form_is_refused(tmp_path: Path, damage: Callable[[Path], object], words: str) -> None:
    write(tmp_path)
    damage(tmp_path)
    with pytest.raises(RecordingError, match=words):
        read(tmp_path)


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / DIGITS).rename(tmp_path / "elsewhere")
    (tmp_path / DIGITS).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordingError):
        read(tmp_path)


@pytest.mark.slow
def test_figures_come_from_the_pixels() -> None:
    """From noise to real digits is learning; from noise to noise is none."""
    noise = np.random.default_rng(0).integers(0, 256, (SAMPLES, 28, 28)).astype(np.uint8)
    with np.load(embedded_mnist(), allow_pickle=False) as archive:
        real = archive["x_test"][:SAMPLES]
    learned = measured(Recording((0, 9), np.stack([noise, real]), 9, (), {}), embedded_yardstick())
    assert (learned.learns, learned.lacks) == (True, ())
    assert learned.scores[0].frechet > 100 > 10 > learned.scores[1].frechet
    idle = measured(Recording((0, 9), np.stack([noise, noise]), 9, (), {}), embedded_yardstick())
    assert not idle.learns
    assert "expected with seed 0 coverage" in idle.lacks[-1]
