"""Keras 2: what a program gets, and that the same freezing idiom does something else there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.model import Call, Fault, FrameworkLoaded, ModelSeen, Probe, Trace

RunText = Callable[..., Trace]

pytestmark = pytest.mark.slow

CLASSIC = """\
import numpy as np
from keras.layers import Dense, Input
from keras.models import Model, Sequential
from keras.optimizers import Adam
x = np.cumsum(np.random.normal(0, 0.3, (512, 16)), axis=1).astype("float32")
D = Sequential([Input((16,)), Dense(32, activation="relu"), Dense(1, activation="sigmoid")])
D.compile(loss="binary_crossentropy", optimizer=Adam(1e-3))
G = Sequential([Input((8,)), Dense(32, activation="relu"), Dense(16)])
D.trainable = False
z = Input((8,))
gan = Model(z, D(G(z)))
gan.compile(loss="binary_crossentropy", optimizer=Adam(1e-3))
for i in range(4):
    fake = G.predict(np.random.normal(size=(32, 8)), verbose=0)
    D.train_on_batch(x[i * 32 : i * 32 + 32], np.ones((32, 1)))
    D.train_on_batch(fake, np.zeros((32, 1)))
    gan.train_on_batch(np.random.normal(size=(32, 8)), np.ones((32, 1)))
"""


def largest(trace: Trace, receiver: str, moved: str) -> float:
    """How far the model ``moved`` went at most in the training calls of ``receiver``."""
    numbers = {
        name: seen.model for seen in trace.events if isinstance(seen, ModelSeen) for name in seen.names
    }
    calls = [e for e in trace.events if isinstance(e, Call) and e.trains and e.model == numbers[receiver]]
    assert calls
    return max(m.trainable for call in calls for m in call.moved if m.model == numbers[moved])


def test_the_classic_idiom_is_right_on_keras_2(run_text: RunText) -> None:
    trace = run_text(CLASSIC, keras=2)
    assert trace.completed, trace.reason
    (loaded,) = [event for event in trace.events if isinstance(event, FrameworkLoaded)]
    assert loaded.versions["keras"] == loaded.versions["tf_keras"]
    assert loaded.versions["keras"].startswith("2.")
    assert largest(trace, "D", "D") > 0
    assert largest(trace, "gan", "G") > 0
    assert largest(trace, "gan", "D") == 0
    probes = {event.name: event.result for event in trace.events if isinstance(event, Probe)}
    (pair,) = probes["roles"]["pairs"]
    assert "a model joins the generator's output to the discriminator" in pair["why"]
    assert all(
        weight["finite"] and not weight["zero"] for weight in probes["gradients"]["generator"].values()
    )
    assert probes["direction"]["towards_real"] is True


def test_every_spelling_of_keras_is_keras_2(run_text: RunText) -> None:
    trace = run_text(
        "import keras\n"
        "import tensorflow as tf\n"
        "import tensorflow.keras.layers\n"
        "from tensorflow import keras as third\n"
        "from tensorflow.keras.models import Sequential\n"
        "from keras.preprocessing.image import ImageDataGenerator\n"
        "print(keras.__version__ == tf.keras.__version__ == third.__version__)\n"
        "print(isinstance(Sequential(), keras.Model))\n"
        "from keras import ops\n",
        keras=2,
    )
    assert trace.outcome.stdout.split() == [b"True", b"True"]
    (fault,) = [event for event in trace.events if isinstance(event, Fault)]
    assert (fault.line, fault.type) == (9, "ImportError")  # Keras 3 has it
