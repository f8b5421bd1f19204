"""Shapes, targets and numbers that do not fit together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Fix
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    fault,
    matches,
    model,
    repair,
)


@pytest.mark.parametrize("program", ["m.fit(x, y)", "m.fit(x, y=y)", "m.fit(**data)", "m.predict(x)"])
def test_training_with_targets_is_not_said_to_lack_them(program: str) -> None:
    assert not matches(
        "fit-without-targets", evidence(program, fault("ValueError", "None values not supported."))
    )


@pytest.mark.parametrize(("method", "told"), [("train_step", False), ("compute_loss", False), ("call", True)])
def test_a_model_that_says_itself_how_it_is_trained_needs_no_targets(method: str, told: bool) -> None:
    text = f"class Own(Model):\n    def {method}(self, x): ...\nm = Own()\nm.fit(x)"
    failed = fault("ValueError", "None values not supported.", line=4)
    assert bool(matches("fit-without-targets", evidence(text, failed))) is told


def test_a_mismatch_without_shapes_in_its_message_is_told_by_the_call() -> None:
    found = evidence(
        "m.fit(x)",
        call("fit", 1, inputs=(array(8, 15),), error="ValueError"),
        fault(
            "ValueError",
            "Input 0 is incompatible: expected min_ndim=4, found ndim=2. Full shape received: (8, 15)",
        ),
    )
    (match,) = matches("input-shape-mismatch", found)
    assert match.message == (
        "`x`, an array of shape (8, 15), is fed to a layer that takes 4 axes. "
        "Reshape the one, or change the other."
    )
    assert match.evidence == {"model": 1, "fed": [8, 15]}


def test_float64_is_reported_where_the_loss_is_called() -> None:
    mixed = fault("InvalidArgumentError", "was expected to be a float tensor but is a double tensor", line=2)
    found = evidence(
        "def loss(y, p):\n    return tf.f(y, p)\n\nprint(loss(np.ones((4, 1)), p))",
        replace(mixed, lines=(4, 2), repaired=True),
        repair("float64-into-float32-loss", "y", "tf.cast(y, p.dtype)", line=2, argument="y"),
    )
    (match,) = matches("float64-into-float32-loss", found)
    assert (match.line, match.explains) == (4, (0,))
    assert match.fix == Fix("np.ones((4, 1))", 'np.ones((4, 1), dtype="float32")')


def test_one_hot_targets_for_a_sparse_loss_are_one_finding_wherever_they_fail() -> None:
    message = (
        "Argument `output` must have rank (ndim) `target.ndim - 1`. "
        "Received: target.shape=(None, 10), output.shape=(None, 10)"
    )
    faults = (fault("ValueError", message, line=2), fault("ValueError", message, line=3))
    (match,) = matches("target-shape-mismatch", evidence("x = 1\ny = 2\nz = 3\n", *faults))
    assert (match.line, match.explains) == (2, (0, 1))
    assert "categorical cross-entropy" in match.message


@pytest.mark.parametrize(
    ("fed", "named"), [((8, 15), "`rows`, an array of shape (None, 15),"), ((8, 3, 5), "An array of shape")]
)
def test_an_array_is_named_only_where_it_is_the_one_that_does_not_fit(
    fed: tuple[int, ...], named: str
) -> None:
    words = "expected min_ndim=4, found ndim=2. Full shape received: (None, 15)"
    found = evidence(
        "rows = f()\nnet.fit(rows[:8], y)",
        model(1, "net"),
        call("fit", 1, line=2, inputs=(array(*fed),), error="ValueError"),
        fault("ValueError", words, line=2),
    )
    (match,) = matches("input-shape-mismatch", found)
    assert match.message.startswith(named)
    assert "is fed to a layer of `net` that takes 4 axes" in match.message


LABELS = """\
y = load_labels()
y = to_categorical(y, 10)
y = y[:600]
net.compile(loss="{loss}")
net.fit(x, y)
"""


def mismatch(loss: str, targets: str, outputs: str, *, rank: bool = False, at: int = 4) -> str:
    words = f"Received: target.shape=({targets}), output.shape=({outputs})"
    said = "rank (ndim) `target.ndim - 1`" if rank else "shape"
    message = (
        f"`target` and `output` must have the same shape. {words}" if not rank else f"have {said}. {words}"
    )
    found = evidence(
        LABELS.format(loss=loss),
        model(1, "net"),
        compiled(1, loss, line=4),
        call("fit", 1, line=5, inputs=(array(600, 4),), error="ValueError"),
        fault("ValueError", message.replace("have rank", "must have rank"), line=5),
    )
    (match,) = matches("target-shape-mismatch", found)
    assert match.line == at
    return match.message


def test_targets_of_another_shape_are_told_with_the_loss_and_the_line_that_made_them() -> None:
    assert mismatch("binary_crossentropy", "None, 10", "None, 1", at=5) == (
        "The targets (`y`, made in line 2) have the shape (None, 10), but `net` gives (None, 1), and "
        "`binary_crossentropy` (line 4) compares them number by number. Give the last layer as many units as "
        "a target has numbers, or bring the targets to that shape."
    )
    assert mismatch("categorical_crossentropy", "None, 1", "None, 10", at=2).endswith(
        "Use sparse categorical cross-entropy, or encode the labels with `to_categorical`."
    )
    assert mismatch("sparse_categorical_crossentropy", "None, 10", "None, 10", rank=True) == (
        "The targets (`y`, made in line 2) have the shape (None, 10), one number per class, but "
        "`sparse_categorical_crossentropy` (line 4) takes the number of the class: use categorical "
        "cross-entropy, or plain numbers."
    )


def test_targets_of_which_nothing_is_known_are_told_by_their_shape() -> None:
    words = "`target` and `output` must have the same shape. Received: target.shape=(8,), output.shape=(8, 3)"
    (match,) = matches("target-shape-mismatch", evidence("fit()\n", fault("ValueError", words)))
    assert match.message.startswith(
        "The targets have the shape (8,), but the model gives (8, 3). Give the last"
    )


def test_a_model_called_on_another_models_outputs_of_another_size_is_an_input_shape_mismatch() -> None:
    message = (
        "Input 0 with name 'input_layer_1' of layer 'functional_1' is incompatible with the layer: "
        "expected shape=(None, 6), found shape=(None, 8)"
    )
    (match,) = matches("input-shape-mismatch", evidence("x = 1\n", fault("ValueError", message)))
    assert match.message == (
        "An array of shape (None, 8) is fed to a model that takes (None, 6). "
        "Reshape the one, or change the other."
    )


@pytest.mark.parametrize(
    ("given", "made", "rows"),
    [
        ("64, 1", "32, 1", True),
        ("64, 8, 8, 1", "8, 8, 8, 1", True),
        ("64, 1", "64, 3", False),
        ("64,", "32, 1", False),
        ("None, 1", "32, 1", False),
    ],
)
def test_as_many_targets_as_examples_are_asked_for(given: str, made: str, rows: bool) -> None:
    words = f"have the same shape. Received: target.shape=({given}), output.shape=({made})"
    failed = fault("ValueError", f"`target` and `output` must {words}")
    (match,) = matches("target-shape-mismatch", evidence("fit()\n", failed))
    assert match.message.endswith("which may be smaller.") is rows
