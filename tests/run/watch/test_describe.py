"""The names by which a program holds a model, also as an attribute among many."""

from __future__ import annotations

from harness.run.watch.describe import layers_seen, names, steps_of
from harness.run.watch.registry import Registry


class Holder:
    """An object with many attributes of a framework before those of the program."""

    def __init__(self, model: object) -> None:
        for number in range(100):
            setattr(self, f"_own_{number}", None)
        self.decoder = model


def test_a_model_is_found_behind_the_attributes_of_a_framework() -> None:
    model = object()
    assert names(model, {"vae": Holder(model), "other": Holder(None)}) == ("vae.decoder",)


def test_a_model_may_be_a_private_attribute() -> None:
    model, holder = object(), Holder(None)
    vars(holder)["_own_5"] = model
    assert names(model, {"vae": holder}) == ("vae._own_5",)


def test_operations_between_layers_are_seen_in_order() -> None:
    import keras

    inputs = keras.Input((4, 1))
    x = keras.layers.Dense(3)(keras.layers.Flatten()(inputs / 255.0))
    x = keras.activations.relu(x)
    x = keras.ops.leaky_relu(keras.layers.Dense(2)(x))
    seen = layers_seen(keras.Model(inputs, keras.ops.softmax(x)), Registry(keras.Model))
    assert [(one.kind, one.activation) for one in seen if one.operation] == [
        ("TrueDivide", None),
        ("ReLU", "relu"),
        ("LeakyRelu", "leaky_relu"),
        ("Softmax", "softmax"),
    ]
    assert [one.kind for one in seen if not one.operation] == ["InputLayer", "Flatten", "Dense", "Dense"]
    assert [one.operation for one in seen][:4] == [False, True, False, False]
    assert seen[-1].output_shape == (None, 2)


def test_the_ways_between_the_layers_of_a_functional_model_are_seen() -> None:
    import keras

    inputs = keras.Input((4,))
    body = keras.layers.Dense(4, name="body")
    h = body(inputs)
    value, each = keras.layers.Dense(1, name="value")(h), keras.layers.Dense(2, name="each")(h)
    model = keras.Model(inputs, value + each)
    keras.Model(inputs, keras.layers.Dense(7)(body(h)))  # what another model does with a layer is its own
    seen = {one.name: one for one in layers_seen(model, Registry(keras.Model))}
    names = list(seen)
    taken = {name: [names[place] for place in one.takes or ()] for name, one in seen.items()}
    assert (taken["value"], taken["each"]) == (["body"], ["body"])
    assert sorted(taken[names[-1]]) == ["each", "value"]
    chain = layers_seen(keras.Sequential([keras.layers.Dense(1)]), Registry(keras.Model))
    assert [one.takes for one in chain] == [None]


def test_activations_of_keras_are_known_by_their_operations() -> None:
    import keras

    known = {*("relu", "elu", "selu", "celu", "gelu", "silu", "sigmoid", "tanh", "softmax", "softplus")}
    known |= {*("softsign", "hard_sigmoid", "hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax", "relu6")}
    inputs = keras.Input((4,))
    for name in sorted(known):
        model = keras.Model(inputs, getattr(keras.activations, name)(inputs))
        assert layers_seen(model, Registry(keras.Model))[-1].activation == name


def test_a_subclass_s_own_attribute_of_that_name_is_left_alone() -> None:
    class Holding:
        layers = ("dense",)
        operations = ("something", "else")

    assert steps_of(Holding()) == [("dense", True)]
