"""Shapes that the players of a pair make, take and are fed."""

from __future__ import annotations

from harness.rules._judge import judge
from tests.rules._gans import SOURCE, Program, d_step, fake, g_step, real
from tests.rules._traces import call, evidence, fault, layer, matches, model


def test_images_of_another_size_explain_the_failed_call() -> None:
    source = SOURCE.replace("layers.Dense(784", "layers.Dense(196")
    refused = d_step(19, fake(32, 196), 0, error="ValueError")
    program = Program(
        source=source,
        made=(196,),
        calls=(d_step(18, real(), 1), refused),
        joined=False,
        more=(fault("ValueError", "expected 784, got 196", line=19),),
    )
    (match,) = matches("generator-shape-differs-from-real", program.evidence())
    assert match.line == 8
    assert match.message == (
        "`generator` makes examples of shape (196,), but `discriminator` takes examples of shape (784,). "
        "Change the layers of `generator` so that it makes examples of that shape."
    )
    assert len(match.explains) == 1
    at_its_cause = [f for f in judge(program.evidence()) if f.rule == "generator-shape-differs-from-real"]
    assert [finding.consequences for finding in at_its_cause] == [(19,)]


def test_outputs_reshaped_on_the_way_are_judged_by_their_new_shape() -> None:
    calls = (d_step(18, real(), 1), d_step(19, fake(), 0))
    assert (
        matches(
            "generator-shape-differs-from-real",
            Program(made=(28, 28, 1), calls=calls, joined=False).evidence(),
        )
        == []
    )


def test_a_last_axis_of_one_is_no_other_shape() -> None:
    program = Program(
        made=(28, 28), taken=(28, 28, 1), calls=(d_step(18, real(32, 28, 28, 1), 1),), joined=False
    )
    assert matches("generator-shape-differs-from-real", program.evidence()) == []


def test_the_stride_that_does_not_enlarge_is_the_line_to_look_at() -> None:
    source = """\
    generator = Sequential()
    generator.add(Dense(6272))
    generator.add(Reshape((7, 7, 128)))
    generator.add(Conv2DTranspose(64, 5, strides=(1, 1), padding="same"))
    generator.add(Conv2DTranspose(1, 5, strides=(2, 2), padding="same"))
    """
    program = Program(source=source, made=(14, 14, 1), taken=(28, 28, 1), calls=(), joined=False)
    seen = program.evidence()
    (match,) = matches("generator-shape-differs-from-real", seen)
    assert match.line == 4


def test_the_reshaping_line_is_marked_where_data_do_not_fit_a_model() -> None:
    source = """\
    x = x.reshape(-1, 784)
    x = x / 255
    net.fit(x, y)
    """
    network = model(0, "net", layer("Flatten", None, 784), inputs=((None, 28, 28),), outputs=((None, 1),))
    fed = real(64, 784, low=0.0)
    refused = call("fit", 0, line=3, inputs=(fed,), error="ValueError")
    seen = evidence(source, network, refused, fault("ValueError", "incompatible shape", line=3))
    (match,) = matches("data-shape-differs-from-model", seen)
    assert (match.line, match.explains) == (1, (2,))


def test_where_real_examples_have_a_third_shape_the_array_is_named_too() -> None:
    source = SOURCE.replace("layers.Dense(784", "layers.Dense(196")
    images = d_step(18, real(32, 28, 28, 1), 1, error="ValueError")
    calls = (images, d_step(19, fake(32, 196), 0, error="ValueError"))
    program = Program(source=source, made=(196,), calls=calls, joined=False)
    (match,) = matches("generator-shape-differs-from-real", program.evidence())
    assert match.message.endswith(
        "The real examples (`real`, fed in line 18) have the shape (28, 28, 1). Bring all three to one shape."
    )


def test_images_fed_to_a_latent_input_explain_the_failed_call() -> None:
    refused = g_step(21, 1, rows=real(32, 28, 28, 1), error="ValueError")
    program = Program(calls=(*Program().calls, refused), more=(fault("ValueError", "expected 16", line=21),))
    (match,) = matches("generator-input-not-noise", program.evidence())
    assert match.message == (
        "`gan` takes vectors of 16 random numbers, but is fed arrays of shape (28, 28, 1). "
        "Feed it noise of shape (batch, 16)."
    )
    assert len(match.explains) == 1


def test_a_generator_fed_what_it_cannot_take_is_no_echo_of_what_it_makes() -> None:
    """Both are wrong of it: the shape of its output, and that of its input, of which no call was recorded."""
    words = "Input 0 is incompatible with the layer: expected shape=(None, 28, 28, 1), found shape=(None, 16)"
    source = SOURCE + "made = generator(Input((16,)))\njudged = discriminator(made)\n"
    line = source.count("\n") - 1
    program = Program(
        source=source,
        made=(196,),
        calls=(d_step(18, real(), 1),),
        joined=False,
        more=(fault("ValueError", words, line=line),),
    )
    convicted = {(finding.rule, finding.line) for finding in judge(program.evidence())}
    assert {("generator-shape-differs-from-real", 8), ("input-shape-mismatch", line)} <= convicted


def test_a_discriminator_fed_what_the_generator_makes_is_an_echo_of_that() -> None:
    words = "Input 0 is incompatible with the layer: expected shape=(None, 784), found shape=(None, 196)"
    source = SOURCE + "made = generator(Input((16,)))\njudged = discriminator(made)\n"
    program = Program(
        source=source,
        made=(196,),
        calls=(d_step(18, real(), 1),),
        joined=False,
        more=(fault("ValueError", words, line=source.count("\n")),),
    )
    rules = {finding.rule for finding in judge(program.evidence())}
    assert "generator-shape-differs-from-real" in rules
    assert not rules & {"input-shape-mismatch", "uncaught-exception"}


def test_another_size_to_begin_with_would_make_images_of_the_right_size() -> None:
    source = """\
    generator = Sequential()
    generator.add(Dense(8192))
    generator.add(Reshape((8, 8, 128)))
    generator.add(Conv2DTranspose(64, 5, strides=2, padding="same"))
    generator.add(Conv2DTranspose(32, 5, strides=2, padding="same"))
    generator.add(Conv2D(1, 5, padding="same"))
    batch = np.concatenate([real, generator.predict(noise)])
    """
    message = "all the input array dimensions except for the concatenation axis must match exactly"
    apart = fault("ValueError", message, line=7)
    program = Program(
        source=source, made=(32, 32, 1), taken=(28, 28, 1), calls=(), joined=False, more=(apart,)
    )
    (match,) = matches("generator-shape-differs-from-real", program.evidence())
    assert match.line == 3
    assert len(match.explains) == 1


def test_a_class_that_keeps_both_players_does_not_show_that_they_fit() -> None:
    apart = fault("ValueError", "Dimension 0 in both shapes must be equal, but are 700 and 784.", line=20)
    other = fault("KeyError", "700 and 784", line=21)
    whole = model(3, "gan", kind="GAN", contains=(0, 1), shares=(0, 1))
    program = Program(made=(700,), calls=(), joined=False, more=(whole, apart, other))
    (match,) = matches("generator-shape-differs-from-real", program.evidence())
    assert match.line == 8
    assert [program.evidence().events[seq] for seq in match.explains] == [
        event for event in program.evidence().faults if event.type == "ValueError"
    ]


def test_a_discriminator_with_room_for_a_condition_may_never_be_given_the_examples_alone() -> None:
    """Labels come as more channels: what was never trained does not show that they are forgotten."""
    channels = Program(made=(28, 28, 1), taken=(28, 28, 11), calls=(), joined=False)
    columns = Program(made=(784,), taken=(794,), calls=(), joined=False)
    assert matches("generator-shape-differs-from-real", channels.evidence()) == []
    assert matches("generator-shape-differs-from-real", columns.evidence()) == []
    fewer = Program(made=(28, 28, 3), taken=(28, 28, 1), calls=(), joined=False)
    assert len(matches("generator-shape-differs-from-real", fewer.evidence())) == 1
