"""What a process does not import it does not wait for."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from harness.knowledge.optional import OPTIONAL

_SAYS = "import sys\n{}\nprint(*sorted({!r} & sys.modules.keys()))"


def imported(code: str, among: set[str]) -> set[str]:
    """Which packages of a set are imported once the code has run in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", _SAYS.format(code, among)]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.slow
def test_keras_is_imported_without_what_it_merely_looks_for() -> None:
    code = "from harness.knowledge.optional import import_keras; import_keras('tensorflow')"
    assert imported(code, {"keras", *OPTIONAL}) == {"keras"}


@pytest.mark.slow
def test_what_was_hidden_meanwhile_can_be_imported_afterwards() -> None:
    code = "from harness.knowledge.optional import import_keras; import_keras('tensorflow'); import sklearn"
    assert "sklearn" in imported(code, set(OPTIONAL))


@pytest.mark.slow
def test_a_backend_that_keras_own_settings_choose_is_found() -> None:
    if find_spec("jax") is None:
        pytest.skip("jax is not installed")
    code = (
        "import json, os, pathlib, tempfile\n"
        "home = os.environ['KERAS_HOME'] = tempfile.mkdtemp(); os.environ.pop('KERAS_BACKEND', None)\n"
        "pathlib.Path(home, 'keras.json').write_text(json.dumps({'backend': 'jax'}))\n"
        "from harness.knowledge.optional import import_keras; import_keras(None)"
    )
    assert "jax" in imported(code, set(OPTIONAL))


@pytest.mark.slow
def test_a_bench_worker_imports_nothing_that_only_scores_need() -> None:
    code = (
        "from harness.knowledge.optional import import_keras; import_keras('tensorflow')\n"
        "import harness.measure.throughput.subjects, harness.measure.throughput.counting"
    )
    assert imported(code, {"keras", "sklearn", "scipy.stats"}) == {"keras"}
