"""The table of changes against the installed packages: the old fails, the new works."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from typing import Any

import pytest

from harness.knowledge.changes import Change, changes
from harness.run.repairs._source import exists

pytestmark = pytest.mark.slow  # the table spans TensorFlow, Keras, scikit-learn and SciPy


def installed(change: Change) -> bool:
    package = change.package or change.new.partition(".")[0]
    return importlib.util.find_spec(package) is not None or not change.package


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("change", changes().modules.values(), ids=lambda change: change.old)
def test_a_moved_module_is_gone_and_its_successor_is_there(change: Change) -> None:
    assert not exists(change.old)
    assert change.removed
    if change.new and installed(change):
        importlib.import_module(change.new)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("change", changes().names.values(), ids=lambda change: change.old)
def test_a_renamed_name_is_gone_and_its_successor_is_there(change: Change) -> None:
    assert not exists(change.old)
    assert change.removed
    if change.new and installed(change):
        assert exists(change.new)


def test_attributes_of_objects_have_either_a_name_or_a_template() -> None:
    for change in changes().attributes:
        assert bool(change.new) != bool(change.template), change


def test_arguments_are_renamed_to_something_else() -> None:
    for (owner, old), change in changes().arguments.items():
        assert (change.owner, change.old) == (owner, old)
        assert change.new != old


# --- what tensorflow.keras had, against Keras 2 -------------------------------------------------------


def had(name: str, version: str) -> bool:
    """Whether the public ``tf.keras`` of Keras 2, for TensorFlow "1" or "2", has a name or module."""
    package = f"tf_keras.api._v{version}"
    try:
        thing: Any = importlib.import_module(f"{package}.keras")
        for part in name.split(".")[1:]:
            thing = getattr(thing, part)
    except AttributeError:
        return importlib.util.find_spec(f"{package}.{name.rpartition('.')[0]}") is not None and exists(
            f"{package}.{name}"
        )
    return True


PLAIN = [(kind, old) for kind in ("module", "name") for old in getattr(changes(), f"{kind}s")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "old"), [one for one in PLAIN if one[1].startswith("keras.")], ids=lambda part: part
)
def test_what_tensorflow_never_had_is_not_called_gone_from_it(kind: str, old: str) -> None:
    change = getattr(changes(), kind)(f"tensorflow.{old}")
    assert change is not None
    if had(old, "2"):
        assert (change.only, change.removed) in {("", "Keras 3.0"), ("", "TensorFlow 2.6")}
    elif had(old, "1"):
        assert (change.only, change.removed) == ("", "TensorFlow 2.0")
    elif f"tensorflow.{old}" not in (*changes().modules, *changes().names):
        # Two were public in between, when TensorFlow 2 was young.
        between = old in {"keras.mixed_precision.experimental", "keras.utils.multi_gpu_model"}
        assert change.only == ("" if between else old)


# --- arguments and attributes, where their owner can be found ---------------------------------------------

HOMES = (
    "keras.layers",
    "keras.optimizers",
    "keras.callbacks",
    "keras.initializers",
    "keras.utils",
    "keras.models",
    "keras.datasets.imdb",
    "keras",
    "tensorflow.keras.preprocessing.text",
    "sklearn.base",
    "sklearn.preprocessing",
    "sklearn.cluster",
    "sklearn.ensemble",
    "sklearn.ensemble._base",
    "sklearn.linear_model",
    "sklearn.linear_model._base",
    "sklearn.manifold",
    "tensorflow",
    "tensorflow.nn",
    "tensorflow.data",
)


def owners(name: str) -> list[Any]:
    """What the table may mean by an owner's name: classes, functions, and methods of models."""
    from keras import Model

    homes = [importlib.import_module(home) for home in HOMES]
    found = [getattr(home, name) for home in homes if hasattr(home, name)]
    return found or ([getattr(Model, name)] if hasattr(Model, name) else [])


def parameters(thing: Any) -> tuple[set[str], bool]:
    """The names of a callable's parameters, and whether it takes others as well."""
    kinds = inspect.signature(thing).parameters.values()
    return {one.name for one in kinds}, any(one.kind is one.VAR_KEYWORD for one in kinds)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "change", changes().arguments.values(), ids=lambda change: f"{change.owner}.{change.old}"
)
def test_a_changed_argument_is_refused_and_its_successor_is_taken(change: Change) -> None:
    found = owners(change.owner)
    assert found or change.owner in {"normal", "uniform"}, "nobody has it: add its home above"
    for thing in found:
        named, more = parameters(thing)
        assert change.old not in named
        # A base class hands arguments on to those that know them.
        assert (
            not change.new
            or change.new in named
            or more
            or inspect.isabstract(thing)
            or thing.__subclasses__()
        )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "change", changes().attributes, ids=lambda change: f"{change.owner}.{change.old}.{change.outputs}"
)
def test_a_changed_attribute_is_gone(change: Change) -> None:
    import builtins

    owner = next(iter(owners(change.owner)), getattr(builtins, change.owner, None))
    if owner is None or change.when:
        return  # only instances have it, or only some lack it
    assert not hasattr(owner, change.old)
    if change.new and "[" not in change.new and "." not in change.new and not change.new.endswith("_"):
        assert hasattr(owner, change.new) or not isinstance(owner, type) or change.owner in {"BaseEstimator"}
