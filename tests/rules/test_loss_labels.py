"""What is printed as a loss: of several losses the parts come before any metric."""

from __future__ import annotations

import pytest

from tests.rules._networks import dense, fit, network
from tests.rules._traces import compiled, evidence, matches

PROGRAM = """\
critic.compile(loss="mse", metrics=["accuracy"])
{compiled}
for step in range(9):
    g_loss = combined.train_on_batch(noise, valid)
    print("G loss: %f" % g_loss[1])
"""


@pytest.mark.parametrize(
    ("compiled", "wrong"),
    [
        ('combined.compile(loss="mse", metrics=["accuracy"])', True),
        ('combined.compile(loss=["mse"], metrics=["accuracy"])', True),
        ('combined.compile(loss="mse")', False),
        ('combined.compile(loss=["mse", "mae"], metrics=["accuracy"])', False),
        ('parts = ["mse", "mae"]; combined.compile(loss=parts, metrics=["accuracy"])', False),
        ('combined.compile(loss={"a": "mse", "b": "mae"}, metrics=["accuracy"])', False),
    ],
)
def test_the_second_result_is_a_metric_only_of_a_single_loss(compiled: str, wrong: bool) -> None:
    found = matches("loss-mislabelled", evidence(PROGRAM.format(compiled=compiled)))
    assert bool(found) is wrong


@pytest.mark.parametrize(
    ("printed", "wrong"),
    [
        ('print("accuracy", model.evaluate(x, y)[0])', True),
        ('print("test accuracy:", round(100 * model.evaluate(x, y, verbose=0)[0], 2))', True),
        ('print(f"loss {model.evaluate(x, y)[1]:.3f}")', True),
        ('print("loss", model.evaluate(x, y)[0], "accuracy", model.evaluate(x, y)[1])', False),
        ('print("accuracy", model.evaluate(x, y, return_dict=True)["accuracy"])', False),
        ('print("accuracy", model.predict(x)[0])', False),
        ('print("accuracy", evaluate(model)[0])\ndef evaluate(m):\n    return accuracy, loss', False),
    ],
)
def test_a_result_that_is_indexed_where_it_is_printed(printed: str, wrong: bool) -> None:
    program = f'model.compile(loss="mse", metrics=["accuracy"])\n{printed}\n'
    assert bool(matches("loss-mislabelled", evidence(program))) is wrong


@pytest.mark.parametrize(
    ("metrics", "wrong"),
    [
        ('["accuracy"]', True),
        ("[keras.metrics.AUC()]", True),
        ("used", True),
        ('["mae"]', False),  # the mean absolute error is an error
        ('["mae", "accuracy"]', False),
    ],
)
def test_a_metric_may_be_an_error_itself(metrics: str, wrong: bool) -> None:
    program = (
        f'used = ["accuracy"]\nmodel.compile(loss="mse", metrics={metrics})\n'
        'print("mean absolute error", model.evaluate(x, y)[1])\n'
    )
    assert bool(matches("loss-mislabelled", evidence(program))) is wrong


def test_what_was_meant_is_named() -> None:
    (match,) = matches("loss-mislabelled", evidence('print("accuracy", model.evaluate(x, y)[0])'))
    assert match.message == (
        '`model.evaluate(...)[0]` is the loss, but it is printed as "accuracy"; metrics come behind it.'
    )


@pytest.mark.parametrize(("losses", "wrong"), [('"mse"', True), ('["mse", "mae"]', False)])
def test_the_mean_of_two_steps_is_as_its_parts(losses: str, wrong: bool) -> None:
    program = f"""\
model.compile(loss={losses}, metrics=["accuracy"])
for step in range(9):
    real = model.train_on_batch(x, valid)
    made = model.train_on_batch(z, fake)
    d_loss = 0.5 * np.add(real, made)
    print("D loss: %f" % d_loss[1])
"""
    assert bool(matches("loss-mislabelled", evidence(program))) is wrong


OWN_LOSS = """\
def fitting({taken}):
    error = keras.losses.binary_crossentropy(y_true, y_pred)
    return tf.reduce_mean(error)
model.compile("adam", {given})
{more}"""


@pytest.mark.parametrize(
    ("taken", "given", "more", "found"),
    [
        ("y_pred, y_true", "loss=fitting", "", [1]),
        ("y_pred, y_true", "fitting", "", [1]),
        ("y_true, y_pred", "loss=fitting", "", []),
        ("y_pred, y_true", '"mse"', "fitting(model(x), y)", []),  # called in the order in which it is written
        ("y_pred, y_true", "fitting", "fitting(model(x), y)", []),
        ("y_pred, y_true", "loss=lambda t, p: fitting(p, t)", "", []),
        ("y_pred, y_true, weight", "loss=fitting", "", []),
    ],
)
def test_a_loss_for_compile_takes_the_labels_first(
    taken: str, given: str, more: str, found: list[int]
) -> None:
    known = evidence(OWN_LOSS.format(taken=taken, given=given, more=more))
    assert [match.line for match in matches("loss-arguments-swapped", known)] == found


def counted(loss: str, metric: str, units: int, end: str | None, **more: object) -> list[tuple[str, bool]]:
    """What is said of a metric, in its first words, and whether louder than a note."""
    seen = network(dense(8, "relu"), dense(units, end), outputs=(None, units))
    made = compiled(0, loss, line=2, metrics=(metric,), **more)  # type: ignore[arg-type]
    found = matches("metric-of-other-labels", evidence("m = load()\nm.compile()", seen, made, fit(0.0, 1.0)))
    assert {match.line for match in found} <= {2}
    return [(match.message.split()[1], match.severity is None) for match in found]


@pytest.mark.parametrize(
    ("loss", "metric", "units", "end", "said"),
    [
        ("sparse_categorical_crossentropy", "categorical_accuracy", 4, "softmax", ["is"]),
        ("sparse_categorical_crossentropy", "sparse_categorical_accuracy", 4, "softmax", []),
        ("categorical_crossentropy", "sparse_categorical_accuracy", 4, None, ["is"]),
        ("categorical_crossentropy", "categorical_accuracy", 4, "softmax", []),
        ("categorical_crossentropy", "binary_accuracy", 4, "softmax", ["is"]),
        ("categorical_crossentropy", "binary_accuracy", 2, "softmax", []),
        ("categorical_crossentropy", "accuracy", 4, "softmax", []),
        ("binary_crossentropy", "binary_accuracy", 4, "sigmoid", []),  # several labels
        ("binary_crossentropy", "accuracy", 1, "sigmoid", []),
        ("mean_squared_error", "binary_accuracy", 4, "softmax", []),
    ],
)
def test_an_accuracy_fits_the_labels(
    loss: str, metric: str, units: int, end: str | None, said: list[str]
) -> None:
    assert counted(loss, metric, units, end) == [(word, True) for word in said]


def test_equal_numbers_are_no_measure_of_probabilities() -> None:
    assert counted("binary_crossentropy", "accuracy", 1, "sigmoid", exact=True) == [("metric", True)]
    assert counted("mean_squared_error", "accuracy", 1, None, exact=True) == []


def test_logits_above_a_half_are_worth_a_note() -> None:
    logits = {"from_logits": True}
    assert counted("binary_crossentropy", "accuracy", 1, None, **logits) == [("accuracy", False)]
    assert counted("binary_crossentropy", "binary_accuracy", 1, None, thresholds=(0.0,), **logits) == []
    assert counted("binary_crossentropy", "auc", 1, None, **logits) == []
    assert counted("categorical_crossentropy", "accuracy", 3, None, **logits) == []
