"""Mistakes in training steps by their cause and its place: optimizers, losses, noise, types and networks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Fed, Step
from harness.rules._judge import judge
from tests.rules._gans import DISCRIMINATOR, GENERATOR, Program, d_step, fake, g_step
from tests.rules._traces import (
    array,
    call,
    evidence,
    layer,
    matches,
    model,
    moved,
    probe,
)

NOISE = """\
fixed = tf.random.normal((16, 100))


def step(x):
    noise = {noise}
    with tf.GradientTape() as tape:
        loss = cost(discriminator(generator(noise)))
    gradients = tape.gradient(loss, generator.trainable_variables)
    optimizer.apply_gradients(zip(gradients, generator.trainable_variables))


for x in data:
    step(x)
"""


@pytest.mark.parametrize(
    ("noise", "found"),
    [("fixed", [1]), ("tf.random.normal((16, 100))", []), ("next(noises)", []), ("x", [])],
)
def test_noise_of_a_step_is_drawn_in_it(noise: str, found: list[int]) -> None:
    own = Step((GENERATOR,), (GENERATOR, DISCRIMINATOR), (), None, exact=True, line=8)
    step = call("function", None, line=13, moved=(moved(GENERATOR),), steps=(own,))
    known = Program(source=NOISE.format(noise=noise), calls=(step,), joined=False).evidence()
    assert [match.line for match in matches("constant-latent", known)] == found


SHOWN = """\
def train():
    noise = np.random.normal(size=(32, 16))
    for step in range(20000):
        discriminator.train_on_batch(x_train[step], ones)
        discriminator.train_on_batch(generator(noise), zeros)
        gan.train_on_batch(noise, ones)


def show():
    noise = np.random.normal(size=(32, 16))
    return generator.predict(noise)


train()
"""


def test_noise_of_another_function_is_another_noise() -> None:
    known = Program(source=SHOWN, calls=(g_step(6, 1),)).evidence()
    assert [match.line for match in matches("constant-latent", known)] == [2]


@pytest.mark.parametrize(("aim", "found"), [(1, []), (0, [21])])
def test_data_that_nobody_knows_are_what_no_network_made(aim: int, found: list[int]) -> None:
    calls = (d_step(18, array(32, 784, low=-1.0), 1), d_step(19, fake(), 0), g_step(21, aim))
    known = Program(calls=calls).evidence()
    assert [match.line for match in matches("labels-swapped-between-steps", known)] == found


@pytest.mark.parametrize(
    ("end", "low", "found"),
    [
        ("sigmoid", -0.5, [8]),
        ("relu", -0.5, [8]),
        ("sigmoid", -0.1, []),
        ("tanh", -0.5, []),
    ],
)
def test_what_lies_on_both_sides_of_zero_is_made_by_no_sigmoid(
    end: str, low: float, found: list[int]
) -> None:
    calls = (d_step(18, array(32, 784, low=low, high=0.5), 1), d_step(19, fake(low=0.0), 0), g_step(21, 1))
    known = Program(calls=calls, generator_end=end).evidence()
    assert [match.line for match in matches("fake-range-differs-from-real", known)] == found


TWO_LOSSES = """\
encoder = build()
decoder = build()
critic = build()
for x in data:
    code = encoder(x){cut}
    with tf.GradientTape() as tape:
        judged = critic([x, code])
        loss = cost(judged, decoder(z))
    variables = tape.gradient(loss, decoder.trainable_variables)
    optimizer.apply_gradients(zip(variables, decoder.trainable_variables))
"""


@pytest.mark.parametrize(("cut", "found"), [("", [9]), (".numpy()", [])])
def test_the_text_leads_from_an_eager_loss_to_a_network(cut: str, found: list[int]) -> None:
    own = Step((1,), (0, 1, 2), (), None, exact=False, line=9)
    step = call("apply", None, line=10, moved=(moved(0, 0.0), moved(1), moved(2, 0.0)), steps=(own,))
    models = (model(0, "encoder", line=1), model(1, "decoder", line=2))
    known = evidence(TWO_LOSSES.format(cut=cut), *models, step)
    assert [match.line for match in matches("network-never-trained", known)] == found


def test_a_network_is_told_of_once_and_not_its_parts() -> None:
    source = "for x in data:\n    step(x)\n"
    models = [
        model(0, "encoder", contains=(1,)),
        model(1, "encoder.base", contains=(0,)),  # seen before the rest of it was built
        model(2, "decoder", contains=(3,)),
        model(3, "decoder.base"),
    ]
    own = Step((0, 1), (0, 1, 2, 3), (), None, exact=True, line=2)
    still = [moved(number, 0.0) for number in (2, 3)]
    step = call("function", None, line=2, moved=(moved(0), moved(1), *still), steps=(own,))
    (match,) = matches("network-never-trained", evidence(source, *models, step))
    assert match.evidence == {"model": 2, "trained": ["encoder"]}


TAPE = """\
decoder = build()
with tf.GradientTape() as tape:
    made = decoder(z)
    loss = tf.reduce_mean(keras.losses.binary_crossentropy(x, made))
"""


@pytest.mark.parametrize(("end", "found"), [("tanh", [1]), ("sigmoid", [])])
def test_a_step_takes_no_crossentropy_of_a_tanh(end: str, found: list[int]) -> None:
    decoder = model(0, "decoder", layer("Dense", None, 784, activation=end, parameters=9))
    step = call("apply", None, line=4, moved=(moved(0),))
    known = evidence(TAPE, replace(decoder, created_line=1), step)
    assert [match.line for match in matches("probability-loss-on-tanh", known)] == found


@pytest.mark.parametrize(("high", "found"), [(199.0, [3]), (1.0, [])])
def test_an_input_beside_others_keeps_its_scale(high: float, found: list[int]) -> None:
    image, moment = array(32, 28, 28, 1, low=-1.0), array(32, 1, low=0.0, high=0.99)
    own = Step((0,), (0,), (Fed(0, image), Fed(0, moment)), None, exact=True, line=1)
    step = call("function", None, line=2, moved=(moved(0),), steps=(own,))
    shown = call("call", 0, line=3, inputs=(array(4, 28, 28, 1), array(4, 1, low=high, high=high)))
    known = evidence("step = make()\nstep(x)\nmodel([x, t])\n", model(0, "model"), step, shown)
    assert [match.line for match in matches("test-data-scaled-differently", known)] == found


def test_a_wrapped_discriminator_made_anew_is_another_one() -> None:
    source = "self.combined = Model(z, self.build()(self.generator(z)))\n"
    judges = [
        layer("Dense", None, 1, activation="sigmoid", parameters=9),
        layer("Sequential", None, 1, model=2),
    ]
    wrapped = [layer("Sequential", None, 1, model=4)]
    one = (((None, 784),), ((None, 1),))
    models = [
        model(2, "inner", judges[0], inputs=one[0], outputs=one[1], contains=(1,), shares=(1,)),
        model(1, "gan.discriminator", judges[1], inputs=one[0], outputs=one[1], contains=(2,), shares=(2,)),
        model(4, "other", judges[0], inputs=one[0], outputs=one[1], contains=(3,), shares=(3,)),
        replace(model(3, "", *wrapped, inputs=one[0], outputs=one[1], contains=(4,), shares=(4,)), names=()),
        model(
            5,
            "gan.combined",
            layer("Functional", None, 784, model=0),
            layer("Functional", None, 1, model=3),
            kind="Functional",
            contains=(0, 3, 4),
        ),
        model(0, "gan.generator", layer("Dense", None, 784, parameters=9)),
    ]
    train = call("train_on_batch", 1, line=1, inputs=(array(32, 784),), moved=(moved(1),))
    known = evidence(source, *(replace(m, created_line=1) for m in models), train)
    (match,) = matches("gan-without-its-players", known)
    assert match.evidence == {"inside": 3, "trained": 1}


TWICE = """\
@tf.function
def step(x):
    with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
        real_output, fake_output = judge(x), judge(make(z))
        g_loss = cost(fake_output)
        d_loss = both({order})
    g_gradients = g_tape.gradient({of}, generator.trainable_variables)
    d_gradients = d_tape.gradient(d_loss, discriminator.trainable_variables)


def both(real_output, fake_output):
    return cost(real_output) - cost(fake_output)


step(x)
"""


@pytest.mark.parametrize(
    ("of", "order", "ways", "found"),
    [
        ("d_loss", "real_output, fake_output", ("down", "up"), (7, "taken of the loss of")),
        ("g_loss", "real_output, fake_output", ("down", "up"), (5, "Turn the sign or the labels")),
        ("g_loss", "fake_output, real_output", ("down", None), (6, "in another order")),
    ],
)
def test_swapped_sides_have_their_cause(
    of: str, order: str, ways: tuple[str, str | None], found: tuple[int, str]
) -> None:
    def fed(*told: tuple[int | None, str | None]) -> list[dict[str, object]]:
        return [
            {"model": DISCRIMINATOR, "origin": "x", "maker": m, "data_set": None, "pushed": way}
            for m, way in told
            if way is not None
        ]

    pushes = probe(
        "pushes",
        steps=[
            {"line": 7, "trained": [GENERATOR], "fed": fed((GENERATOR, ways[0]), (None, ways[1]))},
            {"line": 8, "trained": [DISCRIMINATOR], "fed": fed((GENERATOR, "down"), (None, "up"))},
        ],
    )
    steps = tuple(
        Step((trained,), (GENERATOR, DISCRIMINATOR), (), None, exact=True, line=line)
        for trained, line in ((GENERATOR, 7), (DISCRIMINATOR, 8))
    )
    step = call("function", None, line=15, moved=(moved(GENERATOR), moved(DISCRIMINATOR)), steps=steps)
    source = TWICE.format(of=of, order=order)
    known = Program(source=source, calls=(step,), compiles=(), more=(pushes,), joined=False).evidence()
    (match,) = matches("labels-swapped-between-steps", known)
    assert (match.line, found[1] in match.message) == (found[0], True)
    assert "loss-term-not-added" not in {one.rule for one in judge(known)}


def test_codes_are_judged_as_images_are() -> None:
    encoder, critic = 3, 4

    def told(line: int, trained: int, *ways: tuple[int | None, str]) -> dict[str, object]:
        fed = [
            {
                "model": critic,
                "origin": "model" if m else "random",
                "maker": m,
                "data_set": None,
                "pushed": way,
            }
            for m, way in ways
        ]
        return {"line": line, "trained": [trained], "fed": fed}

    source = "def step(x):\n    rebuild(x)\n    judge(x)\n    d_step(x)\n    g_step(x)\n\n\nstep(x)\n"
    for aim, found in (("up", [5]), ("down", [])):
        pushes = probe(
            "pushes",
            steps=[told(4, critic, (encoder, "up"), (None, "down")), told(5, encoder, (encoder, aim))],
        )
        steps = (
            Step((encoder,), (encoder,), (), None, exact=True, line=2),
            Step((critic,), (encoder, critic), (), None, exact=True, line=4),
            Step((encoder,), (encoder, critic), (), None, exact=True, line=5),
        )
        step = call("function", None, line=8, moved=(moved(encoder), moved(critic)), steps=steps)
        known = evidence(source, model(encoder, "encoder"), model(critic, "critic"), step, pushes)
        assert [match.line for match in matches("labels-swapped-between-steps", known)] == found
