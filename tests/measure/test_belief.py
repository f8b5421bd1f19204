"""Which side the discriminator is taught is real, where it is already sure of the real samples."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from harness.measure.gradients import check_generator_step_raises_belief
from harness.measure.pair import Pair


def sure_pair(weight: float, bias: float) -> Pair:
    """Real samples near 4, generated ones near 0.5, and D(x) = weight * x + bias as logits."""
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    discriminator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    generator.set_weights([np.full((3, 1), 0.05), np.array([0.5])])
    discriminator.set_weights([np.array([[weight]]), np.array([bias])])
    return Pair(generator, discriminator, np.random.default_rng(0).normal(4, 0.5, (500, 1)).astype("float32"))


@pytest.mark.parametrize(("weight", "bias"), [(1.0, 1.0), (1.0, 0.0), (0.1, 3.0), (-1.0, -2.0)])
def test_a_sound_pair_passes_however_sure_its_discriminator_is(weight: float, bias: float) -> None:
    found = check_generator_step_raises_belief(sure_pair(weight, bias)).figures
    assert found["generator"] > 0
    assert found["discriminator"] > 0
