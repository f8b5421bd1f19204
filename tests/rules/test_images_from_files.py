"""Images that generators read from files, and images that reach pretrained networks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules._traces import array, call, compiled, evidence, fault, layer, matches, model

NETWORK = model(
    0,
    "model",
    layer("Conv2D", None, 62, 62, 8, parameters=224),
    layer("Flatten", None, 30752),
    layer("Dense", None, 1, activation="sigmoid", parameters=30753),
    line=3,
    inputs=((None, 64, 64, 3),),
    outputs=((None, 1),),
)
PROGRAM = """\
images = ImageDataGenerator({scaling})
train = images.flow_from_directory("train", target_size=(64, 64){mode})
model = Sequential([Conv2D(8, 3), Flatten(), Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(train)
"""
FIT = call("fit", 0, line=5)


@pytest.mark.parametrize(
    ("scaling", "line"),
    [
        ("", 1),
        ("horizontal_flip=True", 1),
        ("rescale=1.0 / 255", None),
        ("preprocessing_function=scale", None),
        ("**options", None),
    ],
)
def test_pixels_of_files_are_raw_where_no_generator_scales_them(scaling: str, line: int | None) -> None:
    text = PROGRAM.format(scaling=scaling, mode="")
    found = matches("raw-pixel-input", evidence(text, NETWORK, FIT))
    assert [match.line for match in found] == ([line] if line else [])
    scales = replace(NETWORK, layers=(layer("Rescaling", scale=1 / 255), *NETWORK.layers))
    assert not matches("raw-pixel-input", evidence(text, scales, FIT))


@pytest.mark.parametrize(
    ("mode", "line"), [("", 2), (', class_mode="categorical"', 2), (", **options", None)]
)
def test_rows_of_labels_for_one_output_come_from_how_they_are_read(mode: str, line: int | None) -> None:
    words = (
        "`target` and `output` must have the same shape. "
        "Received: target.shape=(None, 2), output.shape=(None, 1)"
    )
    found = evidence(
        PROGRAM.format(scaling="rescale=1.0 / 255", mode=mode),
        NETWORK,
        compiled(0, line=4),
        replace(FIT, error="ValueError"),
        fault("ValueError", words, line=5),
    )
    (match,) = matches("target-shape-mismatch", found)
    assert (match.line == line) is (line is not None)
    assert ('write `class_mode="binary"` there.' in match.message) is (line is not None)


def test_numbers_of_classes_under_a_softmax_want_the_sparse_loss() -> None:
    code = "model = Sequential([Dense(2, activation='softmax')])\nmodel.compile(loss='binary_crossentropy')\n"
    words = (
        "`target` and `output` must have the same rank (ndim). "
        "Received: target.shape=(None,), output.shape=(None, 2)"
    )
    found = evidence(
        code + "model.fit(x, y)",
        model(0, "model", layer("Dense", None, 2, activation="softmax", parameters=9), outputs=((None, 2),)),
        compiled(0, line=2),
        call("fit", 0, line=3, error="ValueError"),
        fault("ValueError", words, line=3),
    )
    (match,) = matches("target-shape-mismatch", found)
    assert (match.line, "Use sparse categorical cross-entropy" in match.message) == (2, True)


BASE = replace(
    model(1, "base", layer("InputLayer"), layer("Conv2D", parameters=9), line=1, inputs=((None, 64, 64, 3),)),
    created_line=1,
)
HEADED = model(
    0,
    "model",
    layer("Functional", model=1),
    layer("Dense", None, 3, parameters=9),
    line=2,
    inputs=((None, 64, 64, 3),),
    contains=(1,),
)


@pytest.mark.parametrize(
    ("network", "high", "fires"),
    [
        ("MobileNetV2(include_top=False)", 255.0, True),
        ("Xception(weights='imagenet')", 255.0, True),
        ("Xception(weights=None)", 255.0, False),
        ("VGG16(weights='imagenet')", 255.0, False),
        ("MobileNetV2(include_top=False)", 1.0, False),
    ],
)
def test_a_pretrained_network_is_fed_what_it_knows(network: str, high: float, fires: bool) -> None:
    code = f"base = {network}\nmodel = Sequential([base, Dense(3)])\nmodel.fit(x, y)"
    fed = call("fit", 0, line=3, inputs=(array(64, 64, 64, 3, high=high),))
    rule = "pretrained-network-fed-raw-pixels"
    assert bool(matches(rule, evidence(code, BASE, HEADED, fed))) is fires
    resized = replace(HEADED, layers=(layer("Resizing"), *HEADED.layers))
    assert bool(matches(rule, evidence(code, BASE, resized, fed))) is fires
    scaled = replace(HEADED, layers=(layer("Rescaling"), *HEADED.layers))
    assert not matches(rule, evidence(code, BASE, scaled, fed))
    # What stands between the layers of a functional model, as ``preprocess_input`` does, is no layer.
    functional = replace(HEADED, kind="Functional")
    assert bool(matches(rule, evidence(code, BASE, functional, fed))) is fires
    divided = (replace(layer("TrueDivide"), operation=True), *HEADED.layers)
    assert not matches(rule, evidence(code, BASE, replace(functional, layers=divided), fed))


def test_labels_are_encoded_as_the_others_are() -> None:
    code = (
        "a, b = labels()\na = to_categorical(a)\nmodel = Sequential([Dense(3, activation='softmax')])\n"
        "model.compile(loss='categorical_crossentropy')\nmodel.fit(x, a)\nmodel.evaluate(x, b)"
    )
    words = (
        "`target` and `output` must have the same rank (ndim). "
        "Received: target.shape=(None,), output.shape=(None, 3)"
    )
    found = evidence(
        code,
        model(0, "model", layer("Dense", None, 3, activation="softmax", parameters=9), outputs=((None, 3),)),
        compiled(0, "categorical_crossentropy", line=4),
        call("fit", 0, line=5),
        call("evaluate", 0, line=6, trains=False, error="ValueError"),
        fault("ValueError", words, line=6),
    )
    (match,) = matches("target-shape-mismatch", found)
    assert match.line == 1
    assert match.message.endswith("Encode them with `to_categorical`, as line 2 does with others.")
