"""What a fresh machine gets: the lock, the Makefile, the CI script, and imports that stay light."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness import rules

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
FRAMEWORKS = {"tensorflow", "keras", "jax", "jaxlib", "torch", "sklearn", "scipy", "pandas", "matplotlib"}


def run(*command: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    # A make that runs these tests must not steer the make that they run.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    if path:
        environment["PATH"] = str(path)
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def script(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


# --- the lock --------------------------------------------------------------------------------------


def locked() -> dict[str, str]:
    """Requirement line -> its continuation lines."""
    found = re.findall(r"^(\S.*?) \\\n((?:    --hash=.*\n)+)(?:    #.*\n)*", LOCK, flags=re.MULTILINE)
    return dict(found)


def test_every_locked_package_has_one_version_and_hashes() -> None:
    requirements = locked()
    assert len(requirements) == len(re.findall(r"^\S", LOCK, flags=re.MULTILINE))
    for requirement, hashes in requirements.items():
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+]+( ; .+)?", requirement)
        assert all(
            re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line.strip(" \\")) for line in hashes.splitlines()
        )


def test_the_lock_names_no_address_and_no_place() -> None:
    assert re.findall(r"://|@|find-links|index-url|\bfile:|(?<!\S)/", LOCK) == []


def test_the_lock_holds_what_the_project_asks_for_and_no_extra() -> None:
    names = {re.split(r"==", requirement)[0] for requirement in locked()}
    extras = PROJECT["project"]["optional-dependencies"]
    asked = {
        # In a lock a name has hyphens where its owner may have written underscores.
        re.split(r"[^\w-]", line)[0].lower().replace("_", "-")
        for line in PROJECT["project"]["dependencies"] + extras["dev"]
    }
    assert asked <= names
    assert not {name for name in names if re.match(r"torch|nvidia|jax-cuda", name)}


def test_supported_pythons() -> None:
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    assert PROJECT["tool"]["ruff"]["target-version"] == "py311"


# --- make ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["help", "setup", "review", "site", "test", "test-full", "test-backends", "lock", "clean"]
)
def test_targets(target: str) -> None:
    done = run("make", "--dry-run", target)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("status", "succeeds"), [(0, True), (1, True), (2, False), (3, False)])
def test_make_review_fails_only_where_the_review_went_wrong(
    tmp_path: Path, status: int, succeeds: bool
) -> None:
    script(tmp_path / "bin/errata", f'echo "$@"; exit {status}')
    (tmp_path / ".installed").touch()
    done = run("make", "review", f"VENV={tmp_path}")
    assert done.stdout.splitlines()[0] == "review articles"
    assert (done.returncode == 0) is succeeds


def test_make_site_writes_the_page_that_the_readme_opens(tmp_path: Path) -> None:
    script(tmp_path / "bin/errata", 'echo "$@"')
    (tmp_path / ".installed").touch()
    done = run("make", "site", f"VENV={tmp_path}")
    assert done.stdout.splitlines() == ["report site articles", "open site/index.html in a browser"]
    readme = (ROOT / "README.md").read_text()
    first = readme[readme.index("```") :].split("\n")[1:3]
    assert [line.split("  ")[0] for line in first] == ["make site", "xdg-open site/index.html"]


def test_make_without_a_supported_python_says_what_to_do(tmp_path: Path) -> None:
    script(tmp_path / "python2", "exit 1")
    done = run("make", "setup", f"PYTHON={tmp_path}/python2", f"VENV={tmp_path}/venv")
    assert done.returncode == 2
    first, second = done.stderr.splitlines()[:2]
    assert (
        first == f"No Python 3.11, 3.12 or 3.13 with its venv module was found (tried: {tmp_path}/python2)."
    )
    assert "make PYTHON=/path/to/python3" in second
    assert not (tmp_path / "venv").exists()


def test_a_set_up_that_fails_is_begun_anew(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    log = tmp_path / "log"
    script(venv / "bin/python", f'echo "$@" >>{log}; case "$*" in "-m pip "*) exit 1;; esac')
    (venv / ".installed").touch()
    os.utime(venv / ".installed", (0, 0))  # older than the lock
    assert run("make", "setup", f"VENV={venv}").returncode == 2
    assert not (venv / ".installed").exists()
    installs = [line for line in log.read_text().splitlines() if line.startswith("-m pip install")]
    assert len(installs) == 1  # nothing is installed on top of what failed
    assert installs[0].endswith("--require-hashes -r requirements.lock")


def test_a_set_up_compiles_what_a_confined_worker_cannot(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    log = tmp_path / "log"
    script(venv / "bin/python", f'echo "$@" >>{log}')
    assert run("make", "setup", f"VENV={venv}").returncode == 0
    assert log.read_text().splitlines()[-1] == "-m compileall -q harness"
    assert (venv / ".installed").exists()


# --- CI --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("present", "user", "expected"),
    [
        (["bwrap", "chromium", "chromedriver"], 0, ["make test"]),
        ([], 0, ["apt-get update", "apt-get install", "make test"]),
        ([], 1000, ["sudo apt-get update", "sudo apt-get install", "make test"]),
        (["bwrap", "chromium"], 0, ["apt-get update", "apt-get install", "make test"]),
    ],
)
def test_ci_installs_only_what_is_missing(
    tmp_path: Path, present: list[str], user: int, expected: list[str]
) -> None:
    log = tmp_path / "log"
    for name in ("apt-get", "sudo", "make"):
        script(tmp_path / "bin" / name, f'echo "{name} $*" >>{log}')
    script(tmp_path / "bin/id", f"echo {user}")
    for name in present:
        script(tmp_path / "bin" / name, "exit 0")
    (tmp_path / "bin/dirname").symlink_to(str(shutil.which("dirname")))
    bash = str(shutil.which("bash"))
    done = run(bash, ".ci/run", path=tmp_path / "bin")
    assert done.returncode == 0, done.stderr
    lines = log.read_text().splitlines()
    assert [line[: len(start)] for line, start in zip(lines, expected, strict=True)] == expected
    for line in lines:
        if "install" in line:
            assert ("bubblewrap" in line) is ("bwrap" not in present)
            assert "chromium chromium-driver" in line


# --- the repository --------------------------------------------------------------------------------


def repository_files() -> list[str]:
    done = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if done.returncode:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_large_file() -> None:
    assert [name for name in repository_files() if (ROOT / name).stat().st_size > 5 * 2**20] == []


def test_tools_leave_the_articles_alone() -> None:
    done = run(sys.executable, "-m", "ruff", "check", "--show-files", ".")
    seen = {Path(line).relative_to(ROOT).parts[0] for line in done.stdout.splitlines()}
    assert {"harness", "tests"} <= seen
    assert not {"articles", "fixed"} & seen
    touched = run(
        sys.executable, "-m", "ruff", "format", "--check", "--force-exclude", "articles/dense_gan/article.md"
    )
    assert touched.returncode == 0, touched.stdout


# --- imports ---------------------------------------------------------------------------------------

_MODULES = """
import json, sys
from harness.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as ended:
    status = ended.code
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


def modules_after(*arguments: str) -> tuple[int, set[str]]:
    """The exit status of ``errata`` with these arguments, and the packages that it imported."""
    done = run(sys.executable, "-c", _MODULES, *arguments)
    status, modules = json.loads(done.stderr.splitlines()[-1])
    return status, set(modules)


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; old = set(sys.modules); import harness.model; print(*set(sys.modules) - old)"
    imported = {name.partition(".")[0] for name in run(sys.executable, "-c", code).stdout.split()}
    assert imported <= {"harness", *sys.stdlib_module_names}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["review", "--help"]])
def test_help_imports_the_standard_library_only(arguments: list[str]) -> None:
    status, modules = modules_after(*arguments)
    assert status == 0
    assert not modules & {*FRAMEWORKS, "numpy", "rich", "markdown_it", "nbformat", "jsonschema"}


def test_explaining_imports_no_framework() -> None:
    for arguments in (["explain"], ["explain", rules.names()[0]]):
        status, modules = modules_after(*arguments)
        assert status == 0
        assert not modules & FRAMEWORKS


def test_a_textual_fault_is_found_without_a_framework(tmp_path: Path) -> None:
    article = tmp_path / "article.md"
    article.write_text("# Broken\n\n```python\nimport numpy as\n```\n")
    status, modules = modules_after("review", str(article))
    assert status == 1
    assert not modules & FRAMEWORKS
