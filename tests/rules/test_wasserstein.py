"""Wasserstein critics: what bounds their slope, and what only looks like it."""

from __future__ import annotations

import pytest

from harness.rules._wasserstein import difference_of_means, loss_functions
from tests.rules._traces import call, compiled, evidence, layer, matches, model, pair

CRITIC = model(0, "critic", layer("Dense", None, 1, parameters=9), inputs=((None, 8),), outputs=((None, 1),))
PROGRAM = """\
class Wgan:
    def __init__(self):
        self.clip_value = 0.01
        self.critic.compile(loss=self.wasserstein, optimizer=RMSprop(5e-5{limits}))

    def wasserstein(self, y_true, y_pred):
        return K.mean({product})

    def train(self):
        self.critic.train_on_batch(real, valid)
        {bound}
{after}
"""


def found(bound: str = "pass", *, product: str = "y_true * y_pred", limits: str = "", after: str = "") -> int:
    source = PROGRAM.format(bound=bound, product=product, limits=limits, after=after)
    events = (compiled(0, line=4, loss="wasserstein"), call("train_on_batch", 0, line=10))
    return len(matches("critic-without-lipschitz-bound", evidence(source, CRITIC, *events)))


@pytest.mark.parametrize("product", ["y_true * y_pred", "tf.multiply(y_true, y_pred)"])
def test_a_loss_that_is_a_method_is_a_loss(product: str) -> None:
    assert found(product=product) == 1


@pytest.mark.parametrize(
    "bound",
    [
        "self.critic.set_weights([np.clip(w, -1, 1) for w in self.critic.get_weights()])",
        "self.critic.add(Dense(1, kernel_constraint=unit))",
        "loss = loss + 10 * self.gradient_penalty(real, fake)",
        "slope = tape.gradient(score, [mixed])",
        "self.critic.add(SpectralNormalization(Dense(1)))",
    ],
)
def test_whatever_may_bound_the_slope_is_believed(bound: str) -> None:
    assert found(bound) == 0


def test_a_penalty_handed_on_by_its_name_is_believed() -> None:
    after = "def penalty(y, s):\n    return mean(gradients(s, mixed))\nloss = partial(penalty, mixed=mixed)"
    assert found(after=after) == 0


@pytest.mark.parametrize(
    ("limits", "after"),
    [
        ("", "def gradient_penalty(mixed):\n    return tape.gradient(critic(mixed), mixed)"),
        (", clipvalue=0.01", ""),
        ("", "clip_value = 0.01"),
    ],
)
def test_what_is_only_named_after_a_bound_bounds_nothing(limits: str, after: str) -> None:
    assert found(limits=limits, after=after) == 1


@pytest.mark.parametrize(
    ("expression", "critic"),
    [
        ("tf.reduce_mean(fake) - tf.reduce_mean(real)", True),
        ("tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real)) + 10 * gp", True),
        ("tf.abs(tf.reduce_mean(fake) - tf.reduce_mean(real))", False),
        ("mse + tf.square(tf.reduce_mean(fake) - tf.reduce_mean(real))", False),
    ],
)
def test_means_that_are_matched_are_no_scores(expression: str, critic: bool) -> None:
    known = evidence(f"loss = {expression}")
    assert (difference_of_means(known) is not None) is critic
    assert loss_functions(known) == {}


APART = """\
def distance(real, fake):
    return tf.reduce_mean(real) - tf.reduce_mean(fake)


{taken} = -distance(critic(real), critic(fake))
"""


@pytest.mark.parametrize(("taken", "critic"), [("loss", True), ("gap", False)])
def test_a_function_of_another_name_may_return_what_is_taken_for_the_loss(taken: str, critic: bool) -> None:
    assert (difference_of_means(evidence(APART.format(taken=taken))) is not None) is critic


CLIPPED = """\
def critic_step(real):
    loss = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
    for w in {whose}.trainable_variables:
        w.assign(tf.clip_by_value(w, -0.01, 0.01))


critic_step(x)
"""


@pytest.mark.parametrize(("whose", "found"), [("generator", [3]), ("critic", []), ("self.critic", [])])
def test_it_is_the_critic_that_is_to_be_clipped(whose: str, found: list[int]) -> None:
    maker = model(1, "generator", inputs=((None, 4),), outputs=((None, 8),))
    train = call("function", None, line=7)
    known = evidence(CLIPPED.format(whose=whose), CRITIC, maker, pair(1, 0), train)
    assert [match.line for match in matches("critic-without-lipschitz-bound", known)] == found


def test_two_terms_of_a_loss_make_no_critic() -> None:
    source = "loss = tf.reduce_mean(fit_term) - tf.reduce_mean(spread)\ntrain(loss)\n"
    encoder = model(0, "encoder", inputs=((None, 784),), outputs=((None, 4),))
    train = call("function", None, line=2)
    assert matches("critic-without-lipschitz-bound", evidence(source, encoder, train)) == []
    assert matches("critic-without-lipschitz-bound", evidence(source, CRITIC, train)) != []
