"""Calls that older versions of Keras and TensorFlow took: spelled anew, the program goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run.repairs._mending import mend

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

MADE = """
import numpy as np
from keras import Input, Sequential, layers
x = np.arange(6, dtype="float32").reshape(-1, 1)
y = [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]
labels = tuple(y)
model = Sequential([Input((1,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
"""


@pytest.mark.parametrize(
    ("call", "after", "lists"),
    [
        ("model.predict([10.0], verbose=0)", "model.predict(np.array([10.0]), verbose=0)", ["[10.0]"]),
        ("model.fit(x, y, verbose=0)", "model.fit(x, np.array(y), verbose=0)", ["y"]),
        ("model.fit(y=labels, x=x, verbose=0)", "model.fit(y=np.array(labels), x=x, verbose=0)", ["labels"]),
        (
            "model.evaluate(x[:3], y[:3], verbose=0)",
            "model.evaluate(x[:3], np.array(y[:3]), verbose=0)",
            ["y[:3]"],
        ),
        (
            "model.fit(x, np.array(y), validation_data=(x, y), verbose=0)",
            "model.fit(x, np.array(y), validation_data=(x, np.array(y)), verbose=0)",
            ["y"],
        ),
        (
            "model.predict([[1], [-2]], verbose=0)",
            "model.predict(np.array([[1], [-2]]), verbose=0)",
            ["[[1], [-2]]"],
        ),
    ],
)
def test_lists_of_numbers_become_arrays(call: str, after: str, lists: list[str]) -> None:
    mended = mend(MADE + call)
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.before, proposal.after) == ("list-instead-of-array", call, after)
    assert proposal.evidence["lists"] == lists
    assert not mended.faults


def test_a_list_for_several_outputs_keeps_one_array_for_each() -> None:
    mended = mend(
        """
        import numpy as np
        from keras import Input, Model, layers
        a = Input((1,))
        model = Model(a, [layers.Dense(1)(a), layers.Dense(1)(a)])
        model.compile(loss=["mse", "mse"], optimizer="sgd")
        y = [[1.0, 2.0], [3.0, 4.0]]
        history = model.fit(np.ones((2, 1)), y, verbose=0)
        """
    )
    (proposal,) = mended.proposals
    assert proposal.after == "model.fit(np.ones((2, 1)), [np.array(part) for part in y], verbose=0)"
    assert not mended.faults


def test_text_is_not_made_an_array() -> None:
    mended = mend(MADE + "model.predict(['a'], verbose=0)")
    assert not mended.proposals
    assert mended.faults


@pytest.mark.parametrize(
    ("layer", "after", "shape"),
    [
        ("LSTM(4, input_dim=6)", "LSTM(4, input_shape=(None, 6))", (None, None, 6)),
        ("GRU(4, input_length=9, input_dim=6)", "GRU(4, input_shape=(9, 6))", (None, 9, 6)),
        ("Conv1D(4, 3, input_dim=6)", "Conv1D(4, 3, input_shape=(None, 6))", (None, None, 6)),
        ("SimpleRNN(input_dim=6, units=4)", "SimpleRNN(units=4, input_shape=(None, 6))", (None, None, 6)),
    ],
)
def test_the_shape_of_a_sequence_is_given_whole(
    layer: str, after: str, shape: tuple[int | None, ...]
) -> None:
    mended = mend(
        f"""
        from keras.layers import GRU, LSTM, Conv1D, Dense, SimpleRNN
        from keras.models import Sequential
        model = Sequential()
        model.add({layer})
        model.add(Dense(1))
        """
    )
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.before, proposal.after) == ("removed-argument", layer, after)
    assert not mended.faults
    assert mended.namespace["model"].input_shape == shape


@pytest.mark.parametrize(
    ("name", "after"), [(".", "model.keras"), ("./", "./model.keras"), ("net", "net.keras")]
)
def test_a_model_is_saved_under_a_name_of_its_own(
    name: str, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mended = mend(
        f"""
        from keras import Input, Sequential, layers
        model = Sequential([Input((2,)), layers.Dense(1)])
        model.save('{name}')
        """
    )
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.after) == ("outdated-file-format", f"'{after}'")
    assert (tmp_path / after).is_file()


def test_a_layer_of_models_that_nothing_replaces_is_left_out_of_its_import() -> None:
    mended = mend("from keras.layers import Merge, Dense")
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.after) == ("removed-attribute", "from keras.layers import Dense")
    assert proposal.evidence["dropped"] == ["Merge"]


def test_metrics_are_reset_by_their_new_name() -> None:
    mended = mend("import keras\nseen = keras.metrics.Mean()\nseen.reset_states()\n")
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.after) == ("removed-attribute", "seen.reset_state")
    assert not mended.faults


def test_a_misspelt_argument_of_a_method_is_offered_its_neighbour() -> None:
    mended = mend(MADE + "model.fit(x, np.array(y), verbose=0, callback=[])")
    (proposal,) = mended.proposals
    assert (proposal.rule, proposal.after) == ("unknown-argument", "callbacks=[]")


def test_a_division_of_whole_numbers_in_place_is_bound_anew() -> None:
    mended = mend(
        """
        import numpy as np
        x = np.arange(6)
        x /= 255
        y = np.arange(4, dtype="uint8")
        y /= y.max() + 1
        z = np.arange(3)
        z += np.array([0.5, 0.5, 0.5])
        """
    )
    assert {proposal.rule for proposal in mended.proposals} == {"fractions-into-whole-numbers"}
    assert [proposal.after for proposal in mended.proposals] == [
        "x = x / 255",
        "y = y / (y.max() + 1)",
        "z = z + np.array([0.5, 0.5, 0.5])",
    ]
    assert not mended.faults


@pytest.mark.parametrize(
    ("call", "after", "shape"),
    [
        ("merge([a, b], mode='concat')", "concatenate([a, b])", (None, 8)),
        (
            "merge([a, b], mode='concat', concat_axis=1, name='ab')",
            "concatenate([a, b], axis=1, name='ab')",
            (None, 8),
        ),
        ("merge([a, b], 'sum')", "add([a, b])", (None, 4)),
        ("merge([a, b], mode='mul', concat_axis=-1)", "multiply([a, b])", (None, 4)),
        ("merge([a, b], mode='dot', dot_axes=1)", "dot([a, b], axes=1)", (None, 1)),
        ("merge([a, b], mode='cos')", "dot([a, b], normalize=True, axes=-1)", (None, 1)),
    ],
)
def test_what_merge_did_is_spelled_by_its_mode(call: str, after: str, shape: tuple[int | None, ...]) -> None:
    mended = mend(
        f"""
        from keras.layers import Input, merge
        a, b = Input((4,)), Input((4,))
        joined = {call}
        """
    )
    first, second = mended.proposals
    assert first.evidence["old"] == "keras.layers.merge"
    assert (second.rule, second.before, second.after) == ("removed-attribute", call, after)
    assert not mended.faults
    assert mended.namespace["joined"].shape == shape


def test_a_layer_that_could_not_be_built_is_not_in_the_model_twice() -> None:
    mended = mend(
        """
        from keras.layers import Dense, Layer
        from keras.models import Sequential
        class Scale(Layer):
            def build(self, shape):
                self.gamma = self.add_weight(shape=(shape[-1],), initializer="one")
                np.ones(2)
            def call(self, x):
                return x * self.gamma
        model = Sequential()
        model.add(Scale(input_shape=(3,)))
        model.add(Scale())
        model.add(Dense(2))
        """
    )
    assert len(mended.proposals) == 1
    assert not mended.faults
    assert [type(layer).__name__ for layer in mended.namespace["model"].layers] == ["Scale", "Scale", "Dense"]
    assert len(mended.namespace["model"].weights) == 4


@pytest.mark.parametrize("given", ["['accuracy']", "['mae', 'accuracy']"])
def test_metrics_in_the_third_place_are_metrics(given: str) -> None:
    mended = mend(MADE + f"model.compile('sgd', 'mse', {given})\nh = model.fit(x, np.array(y), verbose=0)")
    (proposal,) = mended.proposals
    assert proposal.rule == "metrics-as-loss-weights"
    assert not mended.faults
    assert "accuracy" in mended.namespace["h"].history


def test_metrics_that_are_called_weights_are_left_to_their_own_fault() -> None:
    mended = mend(
        MADE + "model.compile('sgd', 'mse', loss_weights=['mae', 'accuracy'])\nmodel.fit(x, np.array(y))"
    )
    assert not mended.proposals
    assert mended.faults


def test_an_import_of_names_that_went_to_several_places_speaks_of_its_module() -> None:
    (proposal,) = mend("from keras.preprocessing.text import Tokenizer, one_hot").proposals
    assert proposal.rule == "removed-module"
    assert proposal.evidence["old"] == "keras.preprocessing.text"
    assert proposal.evidence["replacement"] == "tensorflow.keras.preprocessing.text"


@pytest.mark.parametrize(
    "backend", ["from tensorflow.keras import backend as K", "from keras import backend as K"]
)
def test_a_value_is_set_by_the_variables_own_method(backend: str) -> None:
    mended = mend(f"{backend}\n{MADE}\nK.set_value(model.optimizer.learning_rate, 0.5 / 2)")
    assert not mended.faults
    (proposal,) = mended.proposals
    assert proposal.rule == "removed-attribute"
    assert proposal.after == "model.optimizer.learning_rate.assign(0.5 / 2)"
    assert float(mended.namespace["model"].optimizer.learning_rate) == 0.25


def test_a_value_that_cannot_be_set_for_another_reason_is_left_alone() -> None:
    mended = mend("class K:\n    def set_value(self, x, y): ...\nK().set_value('a'.name, 4)")
    assert [str(error) for error in mended.faults] == ["'str' object has no attribute 'name'"]
