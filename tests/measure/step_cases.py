"""What training steps do: pairs that pass the checks of it and pairs that must fail them."""

from __future__ import annotations

import keras

from harness.measure import steps
from tests.measure import broken
from tests.measure.pairs import fused_pair, plain_pair
from tests.measure.verdicts import Case

STEP_CASES = (
    Case(
        "discriminator-idle",
        steps.check_step_moves_weights,
        lambda: fused_pair(kind=broken.GeneratorOnly),
        ("step-moves-weights", "of the discriminator to move", "no change"),
    ),
    Case(
        "discriminator-frozen",
        steps.check_step_moves_weights,
        broken.frozen,
        ("step-moves-weights", "trainable weights in the discriminator", "none"),
    ),
    Case(
        "step-moves-both",
        steps.check_steps_keep_apart,
        lambda: broken.with_steps("both"),
        (
            "steps-keep-apart",
            "generator's step to move the generator alone",
            "discriminator and generator moved",
        ),
    ),
    Case(
        "step-moves-none",
        steps.check_steps_keep_apart,
        lambda: broken.with_steps("idle"),
        ("steps-keep-apart", "generator's step", "neither moved"),
    ),
    Case(
        "recompiled",
        steps.check_optimizer_moments_persist,
        lambda: fused_pair(kind=broken.Forgetful),
        ("optimizer-moments-persist", "iterations to grow", "[1, 1, 1]"),
    ),
    Case(
        "blind",
        steps.check_discriminator_overfits,
        lambda: plain_pair(discriminator=broken.blind()),
        ("discriminator-overfits", "told apart after 200 updates", ""),
    ),
    Case(
        "averaged-weights",
        steps.check_optimizer_moments_persist,
        lambda: fused_pair(optimizer=keras.optimizers.Adam(use_ema=True)),
    ),
    Case(
        "fit-raises",
        steps.check_optimizer_moments_persist,
        lambda: fused_pair(kind=broken.Refusing),
        ("optimizer-moments-persist", "whose fit trains on a batch", "it raises ValueError: no more images"),
    ),
)
