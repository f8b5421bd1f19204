"""A program on disk is checked in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.data import embedded_mnist
from harness.measure.__main__ import main
from harness.measure.program import ProgramError, load, pair_of
from harness.measure.runs import sample, train_program
from harness.measure.scores import embedded_yardstick

ROOT = Path(__file__).parents[2]

PROGRAM = """
import keras
from keras import layers, ops
from keras.datasets import mnist

generator = keras.Sequential([keras.Input((8,)), layers.Dense(16, activation="relu"),
                              layers.Dense(784, activation="tanh")])
discriminator = keras.Sequential([keras.Input((784,)), layers.Dense(8, activation="relu"),
                                  layers.Dense(1, activation="sigmoid")])

class GAN(keras.Model):
    def __init__(self):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.seed = keras.random.SeedGenerator()

    def call(self, real):
        fake = generator(keras.random.normal((ops.shape(real)[0], 8), seed=self.seed))
        frozen = [ops.stop_gradient(w) for w in discriminator.trainable_variables]
        fooled = discriminator.stateless_call(frozen, [], fake)[0]
        self.add_loss(-ops.mean(ops.log(discriminator(real) + 1e-6)))
        self.add_loss(-ops.mean(ops.log(1 - discriminator(ops.stop_gradient(fake)) + 1e-6)))
        self.add_loss(-ops.mean(ops.log(fooled + 1e-6)))
        return fake

gan = GAN()
gan.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))

if __name__ == "__main__":
    (x, _), _ = mnist.load_data()
    print("shape", x.shape)
    open("made-here.txt", "w").close()
    gan.fit(x[:500].reshape(-1, 784) / 127.5 - 1, batch_size=100, verbose=0)
"""


def measure(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness.measure", str(program), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


@pytest.mark.slow
def test_a_sound_program_that_trains_too_little(program: Path, tmp_path: Path) -> None:
    done = measure(program, "--json", "--grid", str(tmp_path / "grid.png"))
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["backend"] == "tensorflow"
    failed = [check for check in document["checks"] if check["status"] == "failed"]
    assert "reaches-floors" in [check["check"] for check in failed]
    assert {check["check"] for check in failed} <= {"reaches-floors", "improves-on-epoch-0"}
    assert len({check["check"] for check in document["checks"]}) == 18
    (run,) = document["runs"]
    assert run["seed"] == 0
    assert run["before"] != run["after"], "it was trained"
    assert "shape (60000, 28, 28)" in done.stderr, "its own output goes to stderr"
    assert (tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")
    assert not (ROOT / "made-here.txt").exists(), "its files go to a temporary folder"


def test_structure_in_words(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(program), "--check", "structure"]) == 0
    said = capsys.readouterr().out
    assert "  passed  save-load" in said
    assert "gradients-reach-weights" not in said


def test_a_training_that_ends_early_and_is_looked_at_on_the_way(program: Path) -> None:
    program.write_text(PROGRAM.replace("batch_size=100", "batch_size=50, epochs=3"))
    run, images = train_program(
        program, embedded_mnist(), embedded_yardstick(), seed=0, updates=25, milestones=(5, 20, 99)
    )
    assert run.updates == 25
    assert [milestone.updates for milestone in run.milestones] == [5, 20], "it never came to 99"
    scores = [run.before, *(milestone.score for milestone in run.milestones), run.after]
    assert len({score.frechet for score in scores}) == 4, "each look is at other weights"
    assert images.shape == (100, 28, 28)


def test_a_training_that_diverges_is_a_failed_check_and_no_crash(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program.write_text(PROGRAM.replace("Adam(2e-4, beta_1=0.5)", "SGD(1e30)"))
    assert main([str(program), "--check", "convergence"]) == 1
    said = capsys.readouterr().out
    assert (
        "  failed  finite-samples: expected finite pixels in every generated image; found 784000 of" in said
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("gan = GAN()", "gan = GAN(); discriminator = None"),
            "discriminator is NoneType, expected a keras.Model",
        ),
        (('activation="tanh"', 'activation="relu"'), "a generator with output range None"),
        (("Input((784,))", "Input((1024,))"), "discriminator with input shape (1024,)"),
        (("import keras\n", "import nonsense_package\n"), "it raises ModuleNotFoundError: No module named"),
        (("gan = GAN()", "raise SystemExit(3)"), "it raises SystemExit: 3"),
    ],
)
def test_a_program_that_cannot_be_measured(program: Path, change: tuple[str, str], message: str) -> None:
    program.write_text(PROGRAM.replace(*change, 1))
    with pytest.raises(ProgramError, match=re.escape(message)) as raised:
        pair_of(program, load(program, embedded_mnist()), embedded_mnist())
    assert str(raised.value).startswith(f"{program}: ")


def test_load_data_is_answered_everywhere_and_put_back(program: Path) -> None:
    from keras.datasets import mnist

    original = mnist.load_data
    program.write_text(
        "import keras\nfrom keras.datasets import mnist\n"
        "from tensorflow.keras.datasets import mnist as other\n"
        "shapes = [m.load_data()[1][0].shape for m in (mnist, other, keras.datasets.mnist)]\n"
    )
    assert load(program, embedded_mnist())["shapes"] == [(10000, 28, 28)] * 3
    assert mnist.load_data is original


def test_the_same_seed_gives_the_same_untrained_images(program: Path) -> None:
    data = embedded_mnist()
    first, again, other = (
        sample(pair_of(program, load(program, data, seed=s), data), 0, 10) for s in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert first.shape == (10, 28, 28)
    assert 0 <= first.min() <= first.max() <= 1


def test_arguments_are_checked(program: Path) -> None:
    assert "unknown check 'speed', expected some of structure" in measure(program, "--check", "speed").stderr
    missing = measure(program.with_name("none.py"), "--check", "structure")
    assert (missing.returncode, missing.stderr.splitlines()[-1]) == (
        2,
        f"error: {program.with_name('none.py')}: no such file; expected a Python program",
    )
