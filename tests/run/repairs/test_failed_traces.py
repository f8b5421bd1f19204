"""What a trace that failed leaves behind, and what the next one begins with."""

from __future__ import annotations

from typing import Any

import pytest

from harness.run import repairs
from tests.run.repairs._mending import context

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_a_compiled_function_makes_its_variables_in_the_trace_after_a_failed_one() -> None:
    import tensorflow as tf

    held: dict[str, Any] = {}

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow ships no annotations
    def step() -> Any:
        if "rate" not in held:
            raise TypeError("nothing to train with")
        if "variable" not in held:
            held["variable"] = tf.Variable(held["rate"])
        return held["variable"].read_value()

    with pytest.raises(TypeError) as failed:
        step()
    held["rate"] = 2.0
    repairs.forget_failed_steps(context(failed.value, "step()", {"step": step}))
    assert float(step()) == 2.0


def test_an_optimizer_whose_first_trace_failed_starts_from_nothing_in_the_next() -> None:
    import keras
    import numpy as np
    import tensorflow as tf

    class Net(keras.Model):  # type: ignore[misc]  # Keras ships no annotations
        whole = False

        def train_step(self, x: Any) -> dict[str, Any]:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(self(x, training=True) ** 2)
            self.optimizer.apply_gradients(
                zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights, strict=True)
            )
            return {"loss": loss} if self.whole else {"loss": self.no_such_thing}

    inputs = keras.Input((4,))
    net = Net(inputs, keras.layers.Dense(2)(inputs))
    net.compile(optimizer="adam")
    with pytest.raises(AttributeError) as failed:
        net.fit(np.ones((8, 4), "float32"), verbose=0)
    net.whole = True
    repairs.forget_failed_steps(context(failed.value, "net.fit(x)", {"net": net}))
    assert np.isfinite(net.fit(np.ones((8, 4), "float32"), verbose=0).history["loss"]).all()


def test_a_seed_that_was_made_in_a_failed_trace_is_made_anew() -> None:
    import keras
    import numpy as np

    keras.backend.clear_session()  # no seed yet
    held: dict[str, Any] = {}

    class Noise(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no annotations
        def call(self, x: Any) -> Any:
            noise = keras.random.normal(keras.ops.shape(x))
            return x + noise * held["scale"]

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor(x.shape)

    inputs = keras.Input((4,))
    net = keras.Model(inputs, Noise()(inputs))
    with pytest.raises(KeyError) as failed:
        net.predict(np.ones((8, 4), "float32"), verbose=0)
    held["scale"] = 0.1
    repairs.forget_failed_steps(context(failed.value, "net.predict(x)", {"net": net}))
    net.predict_function = None
    assert np.isfinite(net.predict(np.ones((8, 4), "float32"), verbose=0)).all()
