"""Networks in steps of their own: their mode, missing units and parts, dropped pipelines."""

from __future__ import annotations

import pytest

from harness.model import Step
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    layer,
    matches,
    model,
    moved,
)

OWN = """\
class Net(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            made = self(x{flag})
            loss = self.compute_loss(y=y, y_pred=made)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {{"loss": loss}}


net = Net(inputs, outputs)
net.fit(x, y)
"""


@pytest.mark.parametrize(("flag", "lines"), [("", [5]), (", training=False", [5]), (", training=True", [])])
def test_dropout_in_a_step_of_its_own_is_told(flag: str, lines: list[int]) -> None:
    net = model(1, "net", layer("Dropout", None, 8, rate=0.5), kind="Net")
    fitted = call("fit", 1, line=12, moved=(moved(1),), steps=(Step((1,), (1,), (), None, exact=True),))
    found = evidence(OWN.format(flag=flag), net, fitted)
    assert [match.line for match in matches("dropout-never-drops", found)] == lines


def test_a_class_that_passes_the_flag_itself_drops() -> None:
    text = OWN.format(flag="").replace(
        "    def train_step", "    def call(self, x, training=True):\n        return x\n\n    def train_step"
    )
    net = model(1, "net", layer("Dropout", None, 8, rate=0.5), kind="Net")
    fitted = call("fit", 1, line=15, moved=(moved(1),), steps=(Step((1,), (1,), (), None, exact=True),))
    assert not matches("dropout-never-drops", evidence(text, net, fitted))


@pytest.mark.parametrize(("numbers", "lines"), [(10, []), (1, [2])])
def test_one_unit_for_several_classes_lacks_units(numbers: int, lines: list[int]) -> None:
    text = "m = Sequential()\nm.add(Dense(1, activation='softmax'))\nm.compile()\nm.fit(x, y)\n"
    net = model(0, "m", layer("Dense", None, 1, activation="softmax"), outputs=((None, 1),))
    failed = call("fit", 0, line=4, targets=(array(64, numbers),), error="ValueError")
    found = evidence(text, net, compiled(0, "categorical_crossentropy", line=3), failed)
    assert [match.line for match in matches("softmax-over-one-unit", found)] == lines


@pytest.mark.parametrize(("flag", "lines"), [(", training=False", [5]), (", training=True", [])])
def test_statistics_of_a_class_with_a_step_of_its_own(flag: str, lines: list[int]) -> None:
    net = model(1, "net", layer("BatchNormalization", None, 8), kind="Net")
    fitted = call("fit", 1, line=12, moved=(moved(1),), steps=(Step((1,), (1,), (), None, exact=True),))
    found = evidence(OWN.format(flag=flag), net, fitted)
    assert [match.line for match in matches("batch-statistics-never-updated", found)] == lines


@pytest.mark.parametrize(("by", "told"), [(0.0, True), (0.1, False)])
def test_a_model_around_it_says_nothing_of_a_part_that_was_watched(by: float, told: bool) -> None:
    encoder, decoder = model(1, "encoder"), model(2, "decoder", shares=(3,))
    whole = model(3, "vae", kind="VAE", contains=(1, 2))
    fitted = call(
        "fit",
        3,
        line=1,
        moved=(moved(1), moved(2, by), moved(3)),
        steps=(Step((1,), (1, 2), (), None, exact=True, line=1),),
    )
    found = evidence("vae.fit(x)", encoder, decoder, whole, fitted)
    assert [m.evidence["model"] for m in matches("network-never-trained", found)] == ([2] if told else [])


PIPELINE = """\
data = tf.data.Dataset.from_tensor_slices((x, y))
{statement}
model.fit(data)
"""


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("data.shuffle(1000).batch(32)", [2]),
        ("data.batch(32)", [2]),
        ("data = data.batch(32)", []),
        ("data.save(path)", []),
        ("other.batch(32)", []),
    ],
)
def test_a_pipeline_that_is_made_and_dropped(statement: str, lines: list[int]) -> None:
    found = matches("pipeline-dropped", evidence(PIPELINE.format(statement=statement)))
    assert [match.line for match in found] == lines
