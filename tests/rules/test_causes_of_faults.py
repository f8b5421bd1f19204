"""Mistakes in steps and networks that were told as something else, or not at all: by cause and place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Fed, Step
from tests.rules._traces import array, call, evidence, fault, matches, model, moved

UNWATCHED = """\
def penalty(real, fake):
    between = real + tf.random.uniform((32, 1)) * (fake - real)
    with tf.GradientTape() as tape:
        {watch}
        said = critic(between)
    slope = tape.gradient(said, [between])[0]
    return tf.reduce_mean(tf.sqrt(tf.reduce_sum(tf.square(slope), axis=1)))


penalty(x, y)
"""


@pytest.mark.parametrize(("watch", "found"), [("pass", [6]), ("tape.watch(between)", [])])
def test_a_tape_is_told_which_tensor_to_watch(watch: str, found: list[int]) -> None:
    failed = fault(
        "ValueError",
        "Tried to convert 'x' to a tensor and failed. Error: None values not supported.",
        line=7,
        source="return tf.reduce_mean(tf.sqrt(tf.reduce_sum(tf.square(slope), axis=1)))",
    )
    known = evidence(UNWATCHED.format(watch=watch), failed)
    assert [match.line for match in matches("tensor-not-watched", known)] == found


def test_a_graph_that_fails_without_a_word_after_another_fault_is_its_consequence() -> None:
    first = fault("ValueError", "No gradients provided for any variable.", line=2)
    silent = fault("InvalidArgumentError", "Graph execution error:", line=1)
    for faults, found in (((first, silent), [2]), ((silent,), [1])):
        known = evidence("a = 1\nb = 2\n", *faults)
        assert [match.line for match in matches("uncaught-exception", known)] == found


def test_a_label_that_is_made_ready_and_left_out_is_told() -> None:
    text = (
        "noise, label = Input((100,)), Input(())\nmarks = keras.ops.one_hot(label, 10)\n"
        "model = Model([noise, label], network({given}))\n"
    )
    for given, found in (("noise", [2]), ("join(noise, marks)", [])):
        known = evidence(text.format(given=given))
        assert [match.line for match in matches("layer-left-out", known)] == found


OWN_DECODER = """\
def step(x):
    with tf.GradientTape() as tape:
        made = decoder(sample(x))
        error = tf.reduce_mean(keras.losses.binary_crossentropy(x, made))
        kl = -0.5 * tf.reduce_mean(1 + log_var - tf.square(mean) - tf.exp(log_var))
        loss = error + kl
"""


@pytest.mark.parametrize(("code", "found"), [(2, [4]), (64, [])])
def test_the_code_of_a_decoder_of_a_class_is_what_it_is_fed(code: int, found: list[int]) -> None:
    models = [
        model(0, "decoder", kind="Decoder", inputs=(), outputs=(), contains=(1,)),
        model(1, "decoder.last", inputs=((32, 12544),), outputs=((32, 28, 28, 1),)),
    ]
    own = Step((0, 1), (0, 1), (Fed(0, array(32, code)), Fed(1, array(32, 12544))), None, exact=True, line=6)
    step = call("function", None, line=7, inputs=(array(32, 28, 28, 1),), moved=(moved(0),), steps=(own,))
    known = evidence(OWN_DECODER, *models, step)
    assert [match.line for match in matches("divergence-outweighs-reconstruction", known)] == found


OPTIMIZERS = """\
g_opt = Adam(1e-4)
d_opt = Adam(1e-4)


def step(x):
    with tf.GradientTape() as tape:
        d_loss, g_loss = losses(x)
    {first}.apply_gradients(zip(tape.gradient(g_loss, g.trainable_variables), g.trainable_variables))
    {second}.apply_gradients(zip(tape.gradient(d_loss, d.trainable_variables), d.trainable_variables))


step(x)
"""


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [("d_opt", "d_opt", 8), ("g_opt", "g_opt", 9), ("opt", "opt", 9)],
)
def test_an_optimizer_stands_where_that_of_the_network_is_left_over(
    first: str, second: str, found: int
) -> None:
    source = OPTIMIZERS.format(first=first, second=second)
    known = evidence(source, fault("KeyError", "The optimizer cannot recognize variable kernel.", line=9))
    assert [match.line for match in matches("unknown-variables-in-optimizer", known)] == [found]


JOINED = """\
images = load()
labels = to_categorical(numbers, 10)
dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(32)
model.fit(dataset)
"""
UNLIKE = "Tensors passed to 'values' of 'ConcatV2' Op have types [float32, float64] that don't all match."


@pytest.mark.parametrize(("dtype", "found"), [("float64", [(2, (2, 3))]), ("float32", [])])
def test_one_array_of_another_type_is_one_cause(dtype: str, found: list[tuple[int, tuple[int, ...]]]) -> None:
    rows, marks = array(32, 28, 28, 1), array(32, 10, dtype=dtype)
    failed = call("fit", 0, line=4, inputs=(rows,), targets=(marks,), error="TypeError")
    faults = [replace(fault("TypeError", UNLIKE, line=line), lines=(4, line)) for line in (11, 15)]
    known = evidence(JOINED, model(0, "model"), failed, *faults)
    told = matches("float64-into-float32-loss", known)
    assert [(match.line, match.explains) for match in told] == found


METRIC = "Failed to convert elements of <BinaryAccuracy name=binary_accuracy> to Tensor."
FUNCTION = "Attempt to convert a value (<function near at 0x7f5d>) with an unsupported type to a Tensor."
NUMBER = "`loss_weights` must match the number of losses, got 1 losses and 2 weights."
TEXT = "dtype='string' is not a valid dtype for Keras type promotion."


@pytest.mark.parametrize(
    ("given", "message", "found"),
    [
        ("[BinaryAccuracy()]", METRIC, [1]),
        ("near", FUNCTION, [1]),
        ("{'out': keras.metrics.mae}", FUNCTION, [1]),
        ("['mae', AUC()]", NUMBER, [1]),
        ("[1.0, 0.5]", NUMBER, []),
        ("[near]", TEXT, []),
        ("['mae']", METRIC, []),
    ],
)
def test_metrics_in_the_place_of_weights_are_known_by_what_fails(
    given: str, message: str, found: list[int]
) -> None:
    text = f"model.compile('adam', 'mse', {given})\nmodel.fit(x, y)\n"
    known = evidence(text, fault("ValueError", message, line=2))
    assert [match.line for match in matches("metrics-as-loss-weights", known)] == found
