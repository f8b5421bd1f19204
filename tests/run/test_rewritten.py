"""Lines of functions that AutoGraph rewrote are lines of the program, inside and outside of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.run.hooks import WorkerHooks
from harness.run.rewritten import Rewritten

PROGRAM = """\


def doubled(x):
    if x > 0:
        told.append(hooks.line())
    told.append(hooks.line())
    return x * 2
"""


@pytest.mark.slow
def test_a_rewritten_function_is_at_its_own_lines(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    article = tmp_path / "article.py"
    article.write_text(PROGRAM)
    nothing: Any = None
    hooks = WorkerHooks(str(article), nothing, nothing, {}, None, lambda: 60.0)
    told: list[int | None] = []
    spec = importlib.util.spec_from_file_location("article", article)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.hooks, module.told = hooks, told
    module.doubled(1)
    assert told == [5, 6]
    told.clear()
    tf.function(module.doubled)(tf.constant(1))
    assert told == [5, 6]
    assert hooks.line() is None


def test_files_of_others_have_no_line_of_ours() -> None:
    assert Rewritten("article.py").line("other.py", 3) is None


@pytest.mark.parametrize(
    "api", [None, SimpleNamespace(), SimpleNamespace(_TRANSPILER=SimpleNamespace(_cache=3))]
)
def test_another_tensorflow_leaves_the_line_unknown(api: object, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "tensorflow.python.autograph.impl.api"
    if api is None:
        monkeypatch.delitem(sys.modules, name, raising=False)
    else:
        monkeypatch.setitem(sys.modules, name, api)
    assert Rewritten("article.py").line("/tmp/__autograph_generated_file1.py", 3) is None
