"""Programs that cannot learn must fail the test that the corrected ones pass.

First the articles as printed.  Then one fault at a time in a corrected program, trained for as long as
the quick tier trains the sound one, with the same seed and the same floors.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.data import embedded_mnist
from harness.errata import load
from harness.measure.convergence import check_improves, check_reaches_floors
from harness.measure.program import ProgramError
from harness.measure.results import CheckFailed
from harness.measure.runs import train_program
from harness.measure.scores import embedded_yardstick
from harness.pipeline import program_of
from tests.convergence.corrected import SEED
from tests.convergence.programs import (
    PROGRAMS,
    QUICK,
    ROOT,
    WEAKENING,
    edited,
    path_of,
    quick_floors,
    without_erratum,
)

#: Silent errata whose bug, brought back, must be seen by how the program learns.
HARMFUL = (
    # The articles' own ways of training, with the crashes mended.
    ("dense_gan", "discriminator-trained-to-say-one"),
    ("dense_gan", "forty-updates"),
    ("dense_gan", "no-digit-is-ever-loaded"),
    ("leaky_gan", "generator-never-trained"),
    ("deconv_gan", "generator-trained-alone"),
    ("upsampling_gan", "compiling-is-not-training"),
    ("cnn_gan", "synthetic-only"),
    ("cnn_gan", "a-hundred-updates"),
    ("cnn_gan", "no-digit-is-ever-loaded"),
    ("cnn_gan", "a-third-network-in-place-of-the-two"),
    # Ranges and shapes.
    ("deconv_gan", "real-images-without-negative-pixels"),
    ("deconv_gan", "images-of-fourteen-pixels"),
    ("upsampling_gan", "images-of-fourteen-pixels"),
    ("upsampling_gan", "raw-pixels"),
    ("leaky_gan", "pixels-without-bounds"),
    # The update rule, or a network.
    ("dense_gan", "momentum-too-high-for-two-players"),
    ("leaky_gan", "learning-rate-too-small"),
    ("leaky_gan", "generator-falls-silent"),
    ("deconv_gan", "momentum-too-high-for-two-players"),
    ("deconv_gan", "no-probability"),
    ("upsampling_gan", "momentum-too-high-for-two-players"),
    ("cnn_gan", "momentum-too-high-for-two-players"),
    ("cnn_gan", "generator-falls-silent"),
    ("cnn_gan", "discriminator-too-sure"),
)
NOTHING_SHOWN = "changes what is shown, and no weight"
PRETRAINED = "a few updates of a pointless loss, and then the whole training"
#: Silent errata whose bug need not show in what is learned, and why; a rule convicts each.
HARMLESS = {
    **{(program, "no-digit-is-ever-shown"): NOTHING_SHOWN for program in PROGRAMS if program != "leaky_gan"},
    ("leaky_gan", "evaluation-of-real-images-only"): NOTHING_SHOWN,
    ("leaky_gan", "accuracy-is-not-logged"): NOTHING_SHOWN,
    **{(program, "cross-entropy-of-an-image"): PRETRAINED for program in PROGRAMS if program != "leaky_gan"},
    ("leaky_gan", "sigmoid-twice"): "TensorFlow takes the sigmoid off again where it meets the loss",
    ("leaky_gan", "an-epoch-of-a-hundred-batches"): "shorter than said, and long enough for par",
    ("deconv_gan", "no-activation-after-the-dense-layer"): "the layers behind it still make digits",
    ("upsampling_gan", "zero-padding-unused"): "an import that nothing uses",
    ("upsampling_gan", "nothing-samples-down"): "a larger discriminator, slow but no worse",
    ("upsampling_gan", "running-means-too-short"): "learns the same, and more slowly",
}
#: Faults that no article has: program, name, and one text in it that another replaces.
FURTHER = (
    ("dense_gan", "disconnected", ("(frozen, state, fake)", "(frozen, state, real)")),
    ("dense_gan", "other-range", ("/ 127.5 - 1", "/ 255")),
    ("dense_gan", "discriminator-never-trained", ("self.add_loss(d_loss)", "pass")),
    ("leaky_gan", "other-range", ("/ 255", "/ 127.5 - 1")),
    ("leaky_gan", "taught-to-be-caught", ("ones_like(fake_output)", "zeros_like(fake_output)")),
    ("deconv_gan", "generator-never-trained", ("self.add_loss(g_loss)", "pass")),
)
#: Harm that some trainings escape: with one of these seeds the test must fail.
SEEDS = {("leaky_gan", "generator-falls-silent"): (SEED, 1, 2)}
#: Those of HARMFUL that take seconds: they train for less, or not at all.
SHORT = {"compiling-is-not-training", "forty-updates", "images-of-fourteen-pixels", "pixels-without-bounds"}


def learns(text: str, program: str, folder: Path, seeds: Sequence[int] = (SEED,)) -> None:
    """The test of the corrected programs; CheckFailed or ProgramError where the program does not pass it."""
    path = folder / f"{program}.py"
    path.write_text(text)
    for seed in seeds:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warns of some of the faults, and here that is no error
            run, _ = train_program(path, embedded_mnist(), embedded_yardstick(), seed, updates=QUICK[program])
        check_improves([run])
        check_reaches_floors([run], quick_floors(program))


@pytest.mark.parametrize(
    ("program", "erratum"),
    [
        pytest.param(
            *fault, marks=pytest.mark.slow if fault[1] in SHORT else pytest.mark.full, id="-".join(fault)
        )
        for fault in HARMFUL
    ],
)
def test_a_program_without_an_erratum_that_matters_fails(program: str, erratum: str, tmp_path: Path) -> None:
    text = without_erratum(program, erratum)
    with pytest.raises((CheckFailed, ProgramError)):
        learns(text, program, tmp_path, SEEDS.get((program, erratum), (SEED,)))


@pytest.mark.parametrize(("program", "erratum"), sorted({*HARMFUL, *WEAKENING}), ids="-".join)
def test_every_fault_of_a_control_can_be_brought_back(program: str, erratum: str) -> None:
    assert without_erratum(program, erratum) != path_of(program).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("program", "change"),
    [
        # One of them in every test run.
        pytest.param(
            program, change, marks=pytest.mark.full if number else pytest.mark.slow, id=f"{program}-{name}"
        )
        for number, (program, name, change) in enumerate(FURTHER)
    ],
)
def test_a_program_with_a_fault_of_another_kind_fails(
    program: str, change: tuple[str, str], tmp_path: Path
) -> None:
    with pytest.raises(CheckFailed):
        learns(edited(program, change), program, tmp_path)


def test_every_silent_erratum_is_a_control_or_said_to_be_harmless() -> None:
    errata = {
        (program, erratum.id): erratum
        for program in PROGRAMS
        for erratum in load(ROOT / "articles" / program)
    }
    # Some settings are no bugs of the text, and yet are proven by what is learned with them.
    asked = {
        place
        for place, erratum in errata.items()
        if erratum.kind == "silent" or (erratum.symptom.figure or "").startswith("learns")
    }
    told = {*HARMFUL, *HARMLESS}
    assert asked <= told, f"neither control nor harmless: {sorted(asked - told)}"
    assert told <= set(errata), f"no such erratum: {sorted(told - set(errata))}"
    assert not set(HARMFUL) & set(HARMLESS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_article_as_printed_does_not_get_that_far(program: str, tmp_path: Path) -> None:
    text = program_of((ROOT / "articles" / program / "article.md").read_text())
    with pytest.raises(ProgramError, match="it raises"):
        learns(text, program, tmp_path)
