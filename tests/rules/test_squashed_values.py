"""Values that a squashing activation spoils: logits of hand-written losses, values of actions."""

from __future__ import annotations

import pytest

from tests.rules._networks import dense
from tests.rules._traces import array, call, compiled, evidence, matches, model

STEP = """\
def step(x, z):
    a = critic(x)
    b = critic(z)
    other = judge(z)
    d = a - b
    return {loss}
"""
LOGITS = "tf.nn.sigmoid_cross_entropy_with_logits(labels=ones, logits={})"


def squashed(loss: str, end: str = "sigmoid") -> list[int]:
    """The lines of what is squashed twice, where ``critic`` has this end and ``judge`` is linear."""
    seen = evidence(
        STEP.format(loss=loss),
        model(0, "critic", dense(8, "relu"), dense(1, end)),
        model(1, "judge", dense(1)),
        call("function", None, line=6),
    )
    return [match.line for match in matches("sigmoid-before-logits-loss", seen)]


@pytest.mark.parametrize(
    ("loss", "lines"),
    [
        (LOGITS.format("a"), [6]),
        (LOGITS.format("a - b"), [6]),
        (LOGITS.format("d"), [6]),
        (LOGITS.format("a - tf.reduce_mean(b)"), [6]),
        (LOGITS.format("a - other"), []),  # one of the two is not known to be squashed
        (LOGITS.format("a + b"), []),
        ("-tf.reduce_sum(y * tf.nn.log_softmax(a))", [6]),
        ("tf.nn.log_softmax(other)", []),
        ("tf.math.log(a)", []),
    ],
)
def test_what_a_step_hands_over_as_logits(loss: str, lines: list[int]) -> None:
    assert squashed(loss) == lines
    assert squashed(loss, "linear") == []


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ("reward + 0.9 * np.max(model.predict(state)[0])", [4]),
        ("reward + (1 - done) * gamma * np.amax(model.predict(state), axis=1)", [4]),
        ("0.9 * model.predict(state)[0].max() + reward", [4]),
        ("reward + gamma * np.max(model.predict(state) * support)", []),  # a distribution over returns
        ("reward + np.max(model.predict(state))", []),
        ("reward - gamma * np.max(model.predict(state))", []),
        ("reward + gamma * np.max(values)", []),
        ("reward + gamma * max(rewards)", []),
        (
            "reward + gamma * best * (1 - done)\nbest = np.max(self.model.predict(state))",
            [4],
        ),  # as in a class
        ("reward + gamma * best\nbest = np.max(other.predict(state))", []),
    ],
)
def test_values_of_actions(target: str, lines: list[int]) -> None:
    after, _, before = target.partition("\n")
    source = f"state = 1\nmodel = 1\n{before}\ntarget = {after}\nmodel.fit(state, target)"

    def found(end: str) -> list[int]:
        seen = evidence(
            source,
            model(0, "model", dense(8, "relu"), dense(2, end), line=None),
            call("predict", 0, line=3 if before else 4, inputs=(array(1, 4),)),
            call("fit", 0, line=5),
        )
        return [match.line for match in matches("action-values-squashed", seen)]

    assert found("softmax") == found("sigmoid") == lines
    assert found("linear") == []
    assert found("tanh") == []


@pytest.mark.parametrize(
    ("weights", "shape", "distinct", "wrong"),
    [
        ("{'cat': 1.0, 'dog': 2.0}", (64,), None, ["cat", "dog"]),
        ("{'cat': 1.0, 'dog': 2.0}", (64, 1), (0.0, 1.0), ["cat", "dog"]),
        ("{1: 1.0, 2: 2.0}", (64,), (0.0, 1.0), ["2"]),
        ("{0: 1.0, None: 2.0}", (64,), (0.0, 1.0), ["None"]),
        ("{0: 1.0, 1: 2.0}", (64,), (0.0, 1.0), []),
        ("{1: 2.0}", (64,), (0.0, 1.0), []),  # the others have the weight 1, as may be meant
        ("{0: 1.0, 1: 2.0, 2: 1.0}", (64,), (0.0, 1.0), []),  # a class that these rows lack
        ("{0: 1.0, 5: 2.0}", (64,), None, []),
        ("{1: 1.0, 2: 1.0, 3: 9.0}", (64, 3), None, ["3"]),  # one-hot
        ("dict(enumerate(w))", (64,), (0.0, 1.0), []),
        ("{**w, 'cat': 1.0}", (64,), (0.0, 1.0), []),
    ],
)
def test_weights_of_classes(
    weights: str, shape: tuple[int, ...], distinct: tuple[float, ...] | None, wrong: list[str]
) -> None:
    target = array(*shape, distinct=distinct, marked=(1, 1) if len(shape) == 2 and shape[1] > 1 else None)
    for source in (f"m.fit(x, y, class_weight={weights})", f"w8 = {weights}\nm.fit(x, y, class_weight=w8)"):
        line = source.count("\n") + 1
        fit = call("fit", 0, line=line, inputs=(array(64, 4),), targets=(target,))
        found = matches("class-weights-of-no-class", evidence(source, model(0, "m", dense(2)), fit))
        assert [match.evidence["keys"] for match in found] == ([wrong] if wrong else [])
        assert [match.line for match in found] == ([1] if wrong else [])


@pytest.mark.parametrize(
    ("returned", "label", "lines"),
    [
        ("tf.reduce_mean(y_true * y_pred)", (0.0,), [4]),
        ("-tf.reduce_mean(y_true * y_pred)", (0.0,), [4]),
        ("tf.reduce_mean(y_true * y_pred)", (1.0,), []),
        ("tf.reduce_mean(y_true * y_pred)", (-1.0,), []),
        ("tf.reduce_mean(y_true * y_pred)", (0.0, 1.0), []),
        ("tf.reduce_mean((y_true - y_pred) ** 2)", (0.0,), []),
    ],
)
def test_the_label_0_under_a_product(returned: str, label: tuple[float, ...], lines: list[int]) -> None:
    source = (
        f"def w_loss(y_true, y_pred):\n    return {returned}\nc.compile(loss=w_loss)\nc.train_on_batch(x, y)"
    )
    seen = evidence(
        source,
        model(0, "c", dense(1)),
        compiled(0, "w_loss", line=3),
        call("train_on_batch", 0, line=4, inputs=(array(8, 4),), targets=(array(8, 1, distinct=label),)),
    )
    assert [match.line for match in matches("label-zero-in-wasserstein-loss", seen)] == lines
