"""The table of changes against the installed packages: the old fails, the new works."""

from __future__ import annotations

import importlib
import importlib.util

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
