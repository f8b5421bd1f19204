"""Programs that cannot learn must fail the test that the corrected ones pass.

First the articles as printed.  Then one fault at a time in a corrected program, trained for a few
updates: as many as its sound twin needs to get visibly better than it began.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from harness.data import embedded_mnist
from harness.measure.convergence import Floors, Trained, check_improves, check_reaches_floors
from harness.measure.program import ProgramError, train_program
from harness.measure.results import CheckFailed
from harness.measure.scores import embedded_yardstick
from harness.pipeline import program_of
from tests.convergence.programs import PROGRAMS, ROOT, at_most, edited, path_of, without_erratum

#: Updates after which a sound program has passed SHORT, with some to spare.
UPDATES = {"dense_gan": 1500, "leaky_gan": 600, "deconv_gan": 900, "upsampling_gan": 120, "cnn_gan": 600}
#: What a sound program reaches by then, and none of the faulty ones.
SHORT = Floors(coverage=0.03, frechet=200, digit_share=0.0)

#: Program, fault, and how it comes in: an erratum undone, or for one text another.
FAULTS: tuple[tuple[str, str, str | tuple[str, str]], ...] = (
    # The articles' own ways of training, with the crashes mended.
    ("dense_gan", "both-taught-to-say-1", "discriminator-trained-to-say-one"),
    ("dense_gan", "noise-for-digits", "no-digit-is-ever-loaded"),
    ("leaky_gan", "generator-never-trained", "generator-never-trained"),
    ("deconv_gan", "generator-taught-to-paint-white", "generator-trained-alone"),
    ("upsampling_gan", "compiled-not-trained", "compiling-is-not-training"),
    ("cnn_gan", "one-label-only", "synthetic-only"),
    ("cnn_gan", "networks-of-its-own", "a-third-network-in-place-of-the-two"),
    # Faults that no exception betrays.
    ("dense_gan", "disconnected", ("(frozen, state, fake)", "(frozen, state, real)")),
    ("dense_gan", "other-range", ("/ 127.5 - 1", "/ 255")),
    ("dense_gan", "discriminator-never-trained", ("self.add_loss(d_loss)", "pass")),
    ("leaky_gan", "other-range", ("/ 255", "/ 127.5 - 1")),
    ("leaky_gan", "taught-to-be-caught", ("ones_like(fake_output)", "zeros_like(fake_output)")),
    ("deconv_gan", "generator-never-trained", ("self.add_loss(g_loss)", "pass")),
    ("upsampling_gan", "raw-pixels", "raw-pixels"),
    ("cnn_gan", "noise-for-digits", "no-digit-is-ever-loaded"),
)


def short_run(text: str, program: str, folder: Path) -> Trained:
    path = folder / f"{program}.py"
    path.write_text(text)
    with at_most(UPDATES[program]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of some of the faults, and here that is no error
        return train_program(path, embedded_mnist(), embedded_yardstick(), seed=0)[0]


def learns(run: Trained) -> None:
    """The test of the corrected programs, with floors for a short training."""
    check_improves([run])
    check_reaches_floors([run], SHORT)


@pytest.mark.full  # many short trainings
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_short_training_of_the_sound_program_passes(program: str, tmp_path: Path) -> None:
    learns(short_run(path_of(program).read_text(), program, tmp_path))


@pytest.mark.full  # many short trainings
@pytest.mark.parametrize(
    ("program", "change"),
    [pytest.param(program, change, id=f"{program}-{fault}") for program, fault, change in FAULTS],
)
def test_a_faulty_program_fails(program: str, change: str | tuple[str, str], tmp_path: Path) -> None:
    text = without_erratum(program, change) if isinstance(change, str) else edited(program, change)
    run = short_run(text, program, tmp_path)
    with pytest.raises(CheckFailed):
        learns(run)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_article_as_printed_does_not_get_that_far(program: str, tmp_path: Path) -> None:
    path = tmp_path / f"{program}.py"
    path.write_text(program_of((ROOT / "articles" / program / "article.md").read_text()))
    with pytest.raises(ProgramError, match="it raises"):
        train_program(path, embedded_mnist(), embedded_yardstick(), seed=0)
