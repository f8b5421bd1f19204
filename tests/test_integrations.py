"""The pre-commit hook and the GitHub Action, as far as they can be checked without either."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cli import main
from harness.report import formats

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


def test_the_hook_is_a_command_that_exists(capsys: pytest.CaptureFixture[str]) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    # The fields that pre-commit requires, and those it knows that are used here.
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert set(hook) <= {
        "id", "name", "description", "entry", "language", "types_or", "require_serial",
        "minimum_pre_commit_version",
    }  # fmt: skip
    program, *arguments = hook["entry"].split()
    assert program == "errata"
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])
    assert ended.value.code == 0
    assert "PATH" in capsys.readouterr().out


def test_the_action_is_composite_and_declares_what_it_uses() -> None:
    assert ACTION["runs"]["using"] == "composite"
    used = set(re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])
    for step in STEPS:
        assert step["shell"] == "bash"
        # An expression inside a script would let an input become a part of it.
        assert "${{" not in step["run"]


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_the_scripts_are_bash(number: int) -> None:
    done = subprocess.run(
        ["bash", "-n"], input=STEPS[number]["run"], text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("sarif", "status", "calls"),
    [
        ("", 0, ["review --fail-on error --format github -- docs/a b.md guide"]),
        ("", 1, ["review --fail-on error --format github -- docs/a b.md guide"]),
        (
            "out.sarif",
            1,
            [
                "review --fail-on error --format sarif --output out.sarif -- docs/a b.md guide",
                "review --fail-on error --format github -- docs/a b.md guide",
            ],
        ),
    ],
)
def test_the_action_reviews_and_hands_the_status_on(
    tmp_path: Path, sarif: str, status: int, calls: list[str]
) -> None:
    program = tmp_path / ".venv/bin/errata"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$*"\nexit {status}\n')
    program.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "GITHUB_ACTION_PATH": str(tmp_path),
        "ERRATA_PATHS": "docs/a b.md\n\nguide\n",
        "ERRATA_FAIL_ON": "error",
        "ERRATA_SARIF": sarif,
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    # As GitHub runs "shell: bash".
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[1]["run"]]
    done = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (status, calls), done.stderr
    summary = (tmp_path / "summary.md").read_text()
    assert summary == "review --fail-on never --format markdown -- docs/a b.md guide\n"


def test_the_formats_that_the_action_names_exist() -> None:
    named = set(re.findall(r"--format (\w+)", STEPS[1]["run"]))
    assert named <= set(formats())
