"""Repairs of more than one line: what else a program needs so that it runs on, and what is left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.run import repairs
from tests.run.repairs._mending import context, mend

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_a_keras_program_is_not_put_into_a_graph() -> None:
    error = RuntimeError("tf.placeholder() is not compatible with eager execution.")
    program = "import keras\nx = tf.compat.v1.placeholder(tf.float32)"
    assert repairs.propose(context(error, "x = 1", {}, program)) is None


def test_weights_are_loaded_under_the_name_that_they_had_to_be_saved_under(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mended = mend(
        """
        import keras
        m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        m.save_weights('m.h5')
        m.load_weights('m.h5')
        m.save_weights('./kept/ckpt')
        m.load_weights('./kept/ckpt')
        """
    )
    assert not mended.faults
    assert [(p.before, p.after) for p in mended.proposals] == [
        *[("'m.h5'", "'m.weights.h5'")] * 2,
        ("'./kept/ckpt'", "'./kept/ckpt.weights.h5'"),
        ("", "os.makedirs('kept', exist_ok=True)"),
        ("'./kept/ckpt'", "'./kept/ckpt.weights.h5'"),
    ]


def test_a_name_that_lives_nowhere_is_left_out_of_its_import() -> None:
    mended = mend("from keras.layers import Dense, FancyLayer\nlayer = Dense(1)\nother = FancyLayer()")
    (proposal,) = mended.proposals
    assert proposal.statement == "from keras.layers import Dense"
    assert proposal.evidence["dropped"] == ["FancyLayer"]
    assert [type(fault) for fault in mended.faults] == [NameError]


def test_a_keras_1_program_runs_after_several_repairs() -> None:
    mended = mend(
        """
        from keras.models import Sequential
        from keras.layers.core import Dense, Activation
        from keras.utils import np_utils
        model = Sequential()
        model.add(Dense(output_dim=3, init='uniform', input_dim=2))
        model.add(Activation('softmax'))
        model.compile(loss='categorical_crossentropy', optimizer='sgd')
        labels = np_utils.to_categorical([0, 1, 2, 0], nb_classes=3)
        history = model.fit(np.zeros((4, 2)), labels, nb_epoch=1, verbose=0)
        """
    )
    assert not mended.faults
    assert len(history_of(mended.namespace["history"])) == 1
    rules = [proposal.rule for proposal in mended.proposals]
    assert rules == [
        "removed-module",
        "removed-attribute",
        *["removed-argument"] * 3,
        "missing-import",
        "removed-argument",
    ]


def history_of(history: object) -> list[float]:
    record = getattr(history, "history", {})
    assert isinstance(record, dict)
    return list(record["loss"])


def test_a_disconnected_discriminator_is_called_on_the_generators_output() -> None:
    mended = mend(
        """
        import keras
        g = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6)])
        d = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
        gan = keras.Model(inputs=g.inputs[0], outputs=[g.outputs[0], d.outputs[0]])
        """
    )
    assert not mended.faults
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.before) == ("graph-disconnected", "d.outputs[0]")
    assert proposal.after == "d(g.outputs[0])"


def test_a_flat_image_is_reshaped_and_the_model_then_trains() -> None:
    mended = mend(
        """
        import keras
        import numpy as np
        model = keras.Sequential([keras.Input((4, 4)), keras.layers.Flatten(), keras.layers.Dense(1)])
        model.compile(loss='mse', optimizer='adam')
        images = np.zeros((8, 16))
        loss = model.train_on_batch(images, np.ones((8, 1)))
        """
    )
    assert not mended.faults
    (proposal,) = mended.proposals
    assert proposal.after == "loss = model.train_on_batch(np.reshape(images, (-1, 4, 4))".removeprefix(
        "loss = "
    )
    assert mended.namespace["loss"] > 0


def test_an_array_with_other_numbers_is_not_reshaped() -> None:
    mended = mend(
        """
        import keras
        import numpy as np
        model = keras.Sequential([keras.Input((4, 4)), keras.layers.Flatten(), keras.layers.Dense(1)])
        prediction = model.predict(np.zeros((8, 15)), verbose=0)
        """
    )
    assert not mended.proposals
    assert [type(fault) for fault in mended.faults] == [ValueError]


def test_a_float64_argument_of_a_loss_is_cast_where_it_is_used() -> None:
    mended = mend(
        """
        import numpy as np
        import tensorflow as tf
        y, p = np.ones((4, 1)), tf.zeros((4, 1))
        loss = tf.nn.sigmoid_cross_entropy_with_logits(y, p)
        """
    )
    assert not mended.faults
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.before, proposal.after) == (
        "float64-into-float32-loss",
        "y",
        "tf.cast(y, p.dtype)",
    )


def test_a_folder_that_is_written_into_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mended = mend("with open('images/a.txt', 'w') as file:\n    file.write('x')\n")
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.after) == ("missing-folder", "os.makedirs('images', exist_ok=True)")
    assert (tmp_path / "images" / "a.txt").read_text() == "x"


def test_a_file_that_is_read_is_not_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mended = mend("with open('images/a.txt') as file:\n    text = file.read()\n")
    assert mended.proposals == []
    assert [type(fault) for fault in mended.faults] == [FileNotFoundError]


@pytest.mark.parametrize(
    ("program", "before", "after"),
    [
        (
            "import keras\nopt = keras.optimizers.legacy.Adam(1e-3)",
            "keras.optimizers.legacy.Adam",
            "keras.optimizers.Adam",
        ),
        (
            "from keras.optimizers.legacy import SGD\nopt = SGD(0.1)",
            "",
            "from keras.optimizers import SGD",
        ),
    ],
)
def test_a_legacy_optimizer_is_taken_from_where_it_lives(program: str, before: str, after: str) -> None:
    mended = mend(program)
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.before, proposal.after) == ("removed-attribute", before, after)
    assert type(mended.namespace["opt"]).__module__.startswith("keras.src.optimizers")


def test_an_activation_like_none_of_keras_is_not_guessed() -> None:
    mended = mend("from keras import layers\nx = layers.Dense(4, activation='triangle')")
    assert [type(error) for error in mended.faults] == [ValueError]
    assert not mended.proposals


def test_a_model_compiled_with_anothers_optimizer_gets_one_of_its_own() -> None:
    mended = mend(
        """
        import numpy as np
        from keras import Input, Sequential, layers
        from keras.optimizers import Adam
        shared = Adam(0.0002, beta_1=0.5)
        judge = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
        judge.compile(loss="binary_crossentropy", optimizer=shared)
        maker = Sequential([Input((2,)), layers.Dense(4)])
        both = Sequential([maker, judge])
        first = judge.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
        judge.trainable = False
        both.compile(loss="binary_crossentropy", optimizer=shared)
        second = [both.train_on_batch(np.ones((8, 2)), np.ones((8, 1))) for step in range(3)]
        """
    )
    assert not mended.faults
    assert [(p.rule, p.before) for p in mended.proposals] == [("unknown-variables-in-optimizer", "both")]
    shared, own = mended.namespace["shared"], mended.namespace["both"].optimizer
    assert own is not shared
    # It is one and the same in every round, and has the settings of the other.
    assert (int(own.iterations), int(shared.iterations)) == (3, 1)
    assert (float(own.learning_rate), own.beta_1) == (float(shared.learning_rate), 0.5)


@pytest.mark.parametrize("labels", ["[1] * 2 + [0] * 2", "[1, 1, 0, 0]"])
def test_labels_that_are_a_list_are_made_an_array_for_single_steps_too(labels: str) -> None:
    mended = mend(
        f"""
        import numpy as np
        from keras import Input, Sequential, layers
        judge = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
        judge.compile(loss="binary_crossentropy", optimizer="adam")
        loss = judge.train_on_batch(np.zeros((4, 4)), {labels})
        """
    )
    assert not mended.faults
    assert [(p.rule, f"np.array({labels})" in p.after) for p in mended.proposals] == [
        ("list-instead-of-array", True)
    ]
