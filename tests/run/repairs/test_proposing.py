"""What is proposed for a fault, and what is not."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest

from harness.run import repairs
from harness.run.repairs import FaultContext, Proposal, RepairError
from tests.run.repairs._mending import context, mend

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_names_are_read_from_the_text_of_a_wrapped_exception() -> None:
    message = (
        "in user code:\n\n    File \"a.py\", line 3, in loss  *\n\n    NameError: name 'tf' is not defined\n"
    )
    found = repairs.propose(context(ValueError(message), "return tf.reduce_mean(x)", {}))
    assert found is not None
    assert found.bind == "import tensorflow as tf"


def test_a_librarys_own_undefined_name_is_not_imported() -> None:
    assert repairs.propose(context(NameError("name 'np' is not defined", name="np"), "f()", {})) is None


def test_local_names_are_not_taken_for_modules() -> None:
    fault = context(
        AttributeError("module 'numpy' has no attribute 'float'"), "np.float", {"np": ModuleType("numpy")}
    )
    local = FaultContext(**{**vars(fault), "local_names": frozenset({"np"})})
    assert repairs.propose(fault) is not None
    assert repairs.propose(local) is None


def test_a_proposal_that_changes_nothing_or_does_not_parse_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statements = iter(["f()", "f(", "f()\ng()", "g()"])

    def stub(given: FaultContext) -> Proposal:
        return Proposal("r", next(statements), None, "f", "g", {})

    monkeypatch.setattr(repairs, "load", lambda: (stub, stub, stub, stub))
    found = repairs.propose(context(ValueError(), "f()", {}))
    assert found is not None
    assert found.statement == "g()"


def test_a_file_without_a_repair_fails_at_load(monkeypatch: pytest.MonkeyPatch) -> None:
    assert repairs.load()
    repairs.load.cache_clear()
    monkeypatch.setattr("importlib.import_module", ModuleType)
    folder = Path(repairs.__file__).parent
    first = min(path.name for path in folder.glob("*.py") if not path.name.startswith("_"))
    with pytest.raises(RepairError, match=rf"{re.escape(first)}: it defines no function repair"):
        repairs.load()


def test_every_repair_parses_to_one_statement() -> None:
    """A replacement takes the place of one statement, so it has to be one."""
    mended = mend("from keras.models import Sequential, Dense, Adam")
    (proposal,) = mended.proposals
    assert proposal.statement is not None
    assert len(ast.parse(proposal.statement).body) == 1
