"""What old programs fetch, draw and take from other packages than Keras: replaced, made up or left out."""

from __future__ import annotations

import pytest

from tests.run.repairs._mending import mend

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize(
    ("program", "after"),
    [
        ("import tensorflow as tf\nopt = tf.train.AdamOptimizer(0.1)", "tf.keras.optimizers.Adam"),
        ("import tensorflow as tf\nopt = tf.train.MomentumOptimizer(0.1, 0.9)", "tf.keras.optimizers.SGD"),
        (
            "from tensorflow.train import AdamOptimizer\nopt = AdamOptimizer(0.1)",
            "from tensorflow.keras.optimizers import Adam as AdamOptimizer",
        ),
        (
            "import tensorflow as tf\nopt = tf.train.AdamOptimizer(0.1)\ndef step(): opt.minimize(loss)",
            "tf.compat.v1.train.AdamOptimizer",
        ),
        ("import tensorflow as tf\nloss = tf.losses.mean_squared_error([1.0], [2.0])", "tf.keras.losses.MSE"),
        ("import tensorflow as tf\nf = tf.keras.losses.mean_squared_error", "tf.keras.losses.MSE"),
        (
            "import tensorflow as tf\nfor x in tf.contrib.eager.Iterator(tf.data.Dataset.range(2)): pass",
            "iter",
        ),
    ],
)
def test_what_tensorflow_1_had_is_taken_from_keras_where_nothing_runs_in_a_session(
    program: str, after: str
) -> None:
    mended = mend(program)
    (proposal,) = mended.proposals
    assert proposal.after == after
    assert not mended.faults


@pytest.mark.parametrize(
    ("call", "run"),
    [
        (
            "MobileNetV2(weights='imagenet', include_top=False)",
            "MobileNetV2(weights=None, include_top=False)",
        ),
        ("MobileNetV2(include_top=False)", "MobileNetV2(include_top=False, weights=None)"),
    ],
)
def test_a_network_whose_weights_cannot_be_fetched_is_made_with_random_ones(
    call: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", _unreachable)
    mended = mend(f"from keras.applications import MobileNetV2\nbase = {call}")
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.statement) == ("needs-network", f"base = {run}")
    assert proposal.before == proposal.after == call  # nothing to change in the article
    assert mended.namespace["base"].count_params() > 1_000_000


def _unreachable(*_: object, **__: object) -> None:
    raise Exception("URL fetch failure on https://example.org/w.h5: None -- unreachable")


DRAWN = """
from keras import Input, Sequential, layers, utils
model = Sequential([Input((2,)), layers.Dense(1)])
{call}
"""


def test_a_drawing_is_left_out_where_what_draws_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise ImportError("You must install pydot (`pip install pydot`) for `plot_model` to work.")

    monkeypatch.setattr("keras.utils.plot_model", asked)
    mended = mend(DRAWN.format(call="utils.plot_model(model, show_shapes=True)"))
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.statement) == ("package-not-installed", "None")
    assert not mended.faults
    kept = mend(DRAWN.format(call="picture = utils.plot_model(model)"))
    assert not kept.proposals  # what comes after may need the picture


def test_the_mnist_of_old_tutorials_is_stood_in_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras
    import numpy as np

    images, labels = np.full((60, 28, 28), 255, "uint8"), np.arange(60) % 10
    monkeypatch.setattr(
        keras.datasets.mnist, "load_data", lambda: ((images, labels), (images[:20], labels[:20]))
    )
    mended = mend(
        """
        from tensorflow.examples.tutorials.mnist import input_data
        mnist = input_data.read_data_sets('MNIST_data', one_hot=True, validation_size=10)
        x, y = mnist.train.next_batch(40)
        more, _ = mnist.train.next_batch(40)
        """
    )
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.evidence["removed_in"]) == ("removed-module", "TensorFlow 2.0")
    assert not mended.faults
    assert "tutorial" not in mended.namespace
    x, y, mnist = (mended.namespace[name] for name in ("x", "y", "mnist"))
    assert (x.shape, x.dtype, x.max(), y.shape) == ((40, 784), "float32", 1.0, (40, 10))
    assert mended.namespace["more"].shape == (40, 784)
    assert (mnist.train.num_examples, mnist.validation.num_examples, mnist.test.num_examples) == (50, 10, 20)
