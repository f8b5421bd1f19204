"""Every check with pairs that pass it and pairs that must fail it.

Run as a program (``python -m tests.measure.cases``) it prints the verdicts of this process' backend as
JSON: the verdicts must be the same on every backend.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from harness.measure import gradients, pair, steps, structure
from harness.measure.pair import Pair
from tests.measure import broken
from tests.measure.pairs import discriminator, fused_pair, images, plain_pair
from tests.measure.step_cases import STEP_CASES
from tests.measure.verdicts import Case, Check, agrees, verdict


def _real(change: Callable[[Any], Any]) -> Callable[[], Pair]:
    return lambda: plain_pair(real=change(images()))


GOOD: tuple[Check, ...] = (
    pair.check_real,
    pair.check_weights,
    pair.check_fit_together,
    structure.check_generator_output,
    structure.check_discriminator_output,
    structure.check_rebatching,
    structure.check_save_load,
    gradients.check_gradients_reach_weights,
    gradients.check_losses_are_separate,
    gradients.check_generator_step_raises_belief,
    gradients.check_no_dead_layer,
    gradients.check_training_mode,
    steps.check_step_moves_weights,
    steps.check_optimizer_moments_persist,
    steps.check_discriminator_overfits,
)

CASES = (
    *(
        Case(f"{kind}-pair", check, build)
        for check in GOOD
        for kind, build in (("plain", plain_pair), ("fused", fused_pair))
    ),
    Case("one-sum", gradients.check_losses_are_separate, lambda: fused_pair(kind=broken.OneSum)),
    Case(
        "swapped-convention",
        gradients.check_generator_step_raises_belief,
        lambda: plain_pair(losses=broken.swapped(True)),
    ),
    Case(
        "logits",
        gradients.check_generator_step_raises_belief,
        lambda: plain_pair(discriminator=discriminator(None)),
    ),
    Case("own-steps", steps.check_steps_keep_apart, lambda: broken.with_steps("right")),
    # --- what must fail ---
    Case(
        "empty", pair.check_real, _real(lambda x: x[:0]), ("real-data", "at least one", "shape (0, 8, 8, 1)")
    ),
    Case("float64", pair.check_real, _real(np.float64), ("real-data", "float32", "dtype float64")),
    Case(
        "uint8",
        pair.check_real,
        _real(lambda x: (x * 127 + 128).astype("uint8")),
        ("real-data", "/ 127.5", "dtype uint8"),
    ),
    Case(
        "pixels", pair.check_real, _real(lambda x: x * 127 + 128), ("real-data", "-1 to 1", "from 1 to 255")
    ),
    Case(
        "half-range", pair.check_real, _real(lambda x: (x + 1) / 2), ("real-data", "-1 to 1", "from 0 to 1")
    ),
    Case(
        "nan-data",
        pair.check_real,
        _real(lambda x: x * np.float32("nan")),
        ("real-data", "finite", "4096 values"),
    ),
    Case(
        "other-size",
        pair.check_real,
        lambda: plain_pair(real=images(side=9)),
        ("real-data", "(8, 8, 1)", "(9, 9, 1)"),
    ),
    Case("list", pair.check_real, lambda: plain_pair(real=[1.0]), ("real-data", "NumPy array", "list")),
    Case(
        "nan-weights",
        pair.check_weights,
        broken.poisoned,
        ("finite-weights", "in the generator", "1 of 96 numbers in"),
    ),
    Case(
        "wrong-rank",
        pair.check_fit_together,
        lambda: plain_pair(generator=broken.flat_generator()),
        ("players-fit", "(8, 8, 1)", "shape (64,)"),
    ),
    Case(
        "two-outputs",
        pair.check_fit_together,
        lambda: plain_pair(discriminator=broken.two_headed()),
        ("players-fit", "with one output", "2 outputs"),
    ),
    Case(
        "two-units",
        pair.check_fit_together,
        lambda: plain_pair(discriminator=broken.two_units()),
        ("players-fit", "one number per", "shape (2, 2)"),
    ),
    Case(
        "latent-size",
        pair.check_fit_together,
        lambda: plain_pair(latent_shape=(7,)),
        ("players-fit", "accepts inputs of shape (2, 7)", ""),
    ),
    Case(
        "float16",
        structure.check_generator_output,
        lambda: plain_pair(generator=broken.half()),
        ("generator-output", "float32", "float16"),
    ),
    Case(
        "out-of-range",
        structure.check_generator_output,
        lambda: plain_pair(value_range=(0, 1)),
        ("generator-output", "0 to 1", "from -"),
    ),
    Case(
        "overflow",
        lambda p: structure.check_generator_output(p, 2, "huge"),
        lambda: plain_pair(generator=broken.exploding()),
        ("generator-output", "finite values from huge", "not"),
    ),
    Case(
        "nan-verdict",
        structure.check_discriminator_output,
        lambda: plain_pair(discriminator=broken.logarithm()),
        ("discriminator-output", "finite numbers for generated", "16 not"),
    ),
    Case(
        "mixes-batch",
        structure.check_rebatching,
        lambda: plain_pair(discriminator=broken.centred()),
        ("rebatching", "discriminator's output of 6", "difference of"),
    ),
    Case(
        "not-loadable",
        structure.check_save_load,
        lambda: plain_pair(discriminator=broken.centred()),
        ("save-load", "discriminator that can be saved", ""),
    ),
    Case(
        "cut-gradient",
        gradients.check_gradients_reach_weights,
        lambda: plain_pair(discriminator=broken.cut_off()),
        ("gradients-reach-weights", "a gradient for", "zero"),
    ),
    Case(
        "frozen",
        gradients.check_gradients_reach_weights,
        broken.frozen,
        ("gradients-reach-weights", "trainable weights in the discriminator", "trainable is False"),
    ),
    Case(
        "nan-gradient",
        gradients.check_gradients_reach_weights,
        broken.poisoned,
        ("gradients-reach-weights", "a finite gradient", "NaN"),
    ),
    Case(
        "leaky",
        gradients.check_losses_are_separate,
        lambda: fused_pair(kind=broken.Leaky),
        ("losses-are-separate", "number 2 of 2", "gradient norms"),
    ),
    Case(
        "uncut",
        gradients.check_losses_are_separate,
        lambda: fused_pair(kind=broken.Uncut),
        ("losses-are-separate", "number 1 of 2", "gradient norms"),
    ),
    Case(
        "leaky-sum",
        gradients.check_losses_are_separate,
        lambda: fused_pair(kind=broken.LeakySum),
        ("losses-are-separate", "from the discriminator", "sum of both"),
    ),
    Case(
        "swapped-for-one",
        gradients.check_generator_step_raises_belief,
        lambda: plain_pair(losses=broken.swapped(False)),
        ("generator-step-raises-belief", "taught is real", "cosine"),
    ),
    Case(
        "dead-relu",
        gradients.check_no_dead_layer,
        broken.dead,
        ("no-dead-layer", "layer relu of the discriminator", "64 inputs"),
    ),
    Case(
        "frozen-norm",
        gradients.check_training_mode,
        broken.frozen_norm,
        ("training-mode", "statistics of", "they stay"),
    ),
    Case(
        "random-inference",
        gradients.check_training_mode,
        lambda: plain_pair(discriminator=broken.with_layer(discriminator(), broken.AlwaysTraining(), 2)),
        ("training-mode", "inference of the discriminator to", ""),
    ),
    Case(
        "no-dropout",
        gradients.check_training_mode,
        lambda: plain_pair(
            discriminator=broken.with_layer(discriminator(dropout=0), broken.NeverTraining(), 2)
        ),
        ("training-mode", "at work in training", "output of inference"),
    ),
    *STEP_CASES,
)


if __name__ == "__main__":
    wrong = {case.name: verdict(case) for case in CASES if not agrees(case, verdict(case))}
    print(json.dumps({"backend": keras.backend.backend(), "cases": len(CASES), "wrong": wrong}))
