"""Every command in the README and the documents is run, or it says here why not.

Commands stand in ``console`` fences after ``$``, or in fences without a language, one a line with a
remark behind ``#``.  A fence after ``<!-- file: NAME -->`` is a file that a reader is to make.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAMS = ("errata", ".venv/bin/errata", "pytest", "make", "python", "pip", "apt", "xdg-open")

#: Beginnings of commands that are not run here, and why.
NOT_RUN = {
    "make": "sets up an environment; test_packaging.py runs the Makefile with a fake one",
    "xdg-open site/index.html": "opens a desktop's browser; tests/site opens the pages in Chromium",
    "pip install /path/to/errata": "downloads packages; the tests run what `make setup` has installed",
    "errata fetch mnist": "downloads; tests/data/test_data_fetch.py fetches from a server of its own",
    "errata bench": "measures for minutes; tests/benchmarks tests the command",
    "errata run dense_gan": "trains for minutes; tests/pipeline/test_running.py runs programs",
    "errata prove dense_gan": "takes minutes; the tour proves a short article",
    "python -m tests.corpus": "takes half an hour; tests/corpus makes a sample of its reviews",
    "python -m harness.measure": "trains for minutes; tests/measure tests the command",
    "python -m tests.convergence.repeat": "trains for hours; tests/convergence/test_repeat.py tests it",
    "KERAS_BACKEND=torch python -m harness.measure": "needs torch; tests/measure tests the command",
}
#: What a reader puts in the place of a word.
PLACES = {"PATH...": "guide.md", "PATH": "guide.md", "text.md": "guide.md"}
#: The article has a fault; all other commands give 0.
STATUS = {
    "errata review guide.md --fail-on never": 0,
    "errata review": 1,
    "errata run guide.md": 1,
    "docs/commands.md: pytest": 1,  # in the tour the fault has been declared
}


@dataclass(frozen=True)
class Step:
    """A file to make, or a command to run."""

    document: str
    line: int
    file: str | None
    text: str

    @property
    def reason(self) -> str | None:
        """Why a command is not run."""
        return next((why for start, why in NOT_RUN.items() if self.text.startswith(start)), None)


def steps(path: Path) -> list[Step]:
    """What a document tells its reader to do, in order."""
    name = path.relative_to(ROOT).as_posix()
    lines = path.read_text(encoding="utf-8").split("\n")
    found: list[Step] = []
    number = 0
    while number < len(lines):
        opened = re.fullmatch(r"(`{3,})(\w*)", lines[number])
        if not opened:
            number += 1
            continue
        end = lines.index(opened[1], number + 1)
        body = lines[number + 1 : end]
        made = re.fullmatch(r"<!-- file: (\S+) -->", lines[number - 1])
        if made:
            found.append(Step(name, number + 1, made[1], "\n".join(body) + "\n"))
        elif opened[2] in ("console", "sh", "bash", ""):
            found += [
                Step(name, number + 2, None, command)
                for command in commands(body, prompt=opened[2] == "console")
            ]
        number = end + 1
    return found


def commands(body: list[str], *, prompt: bool) -> list[str]:
    """The commands of a fence, without prompts, remarks and broken lines."""
    whole = "\n".join(body).replace("\\\n", " ").split("\n")
    lines = [line.removeprefix("$ ") for line in whole if not prompt or line.startswith("$ ")]
    bare = (" ".join(re.sub(r"\s+#.*", "", line).split()) for line in lines)
    found = [re.sub(r"^\.venv/bin/", "", line) for line in bare if line]
    return [line for line in found if prompt or re.sub(r"^[A-Z_]+=\S+ ", "", line).split()[0] in PROGRAMS]


ALL = [step for path in DOCUMENTS for step in steps(path)]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Where a reader of the documents stands: a checkout, with the tour's article."""
    for name in ("articles", "fixed"):
        shutil.copytree(ROOT / name, tmp_path / name)
    guide = next(step for step in ALL if step.file == "guide.md")
    (tmp_path / "guide.md").write_text(guide.text)
    return tmp_path


def run(step: Step, folder: Path) -> None:
    text = re.sub(r"\S+", lambda word: PLACES.get(word[0], word[0]), step.text)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    # The plugins of this session must not be loaded into that of a document.
    environment = {key: value for key, value in environment.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    whole = f"{step.document}: {text}"
    expected = next(
        (code for start, code in STATUS.items() if text.startswith(start) or whole.startswith(start)), 0
    )
    place = f"{step.document}:{step.line}: {text}"
    assert done.returncode == expected, f"{place}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_the_tour_from_beginning_to_end(tmp_path: Path) -> None:
    for step in steps(ROOT / "docs/tour.md"):
        if step.file:
            path = tmp_path / step.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text)
        else:
            run(step, tmp_path)
    page = (tmp_path / "site/guide.html").read_text()
    assert "E1, line 9, error: <code>np.float</code> is gone" in page
    assert "brought back into the corrected article, it is convicted" in page
    assert (tmp_path / "fixed/guide.py").read_text().count("astype(float)") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "step",
    [step for step in ALL if not step.file and not step.reason and step.document != "docs/tour.md"],
    ids=lambda step: f"{step.document}:{step.line} {step.text}",
)
def test_a_command_does_what_the_document_says(step: Step, here: Path) -> None:
    run(step, here)


def test_what_is_not_run_is_in_some_document() -> None:
    for start in NOT_RUN:
        assert any(step.text.startswith(start) for step in ALL if not step.file), start


def test_every_command_has_its_place_in_the_documents() -> None:
    from harness.cli import COMMANDS

    told = (ROOT / "docs/commands.md").read_text()
    for name in COMMANDS:
        assert any(shlex.split(step.text)[:2] == ["errata", name] for step in ALL if not step.file), name
        assert f"errata {name}" in told or f" {name}" in told


def test_the_index_of_decisions_has_them_all_and_says_which_numbers_there_never_were() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))
    headings = [(folder / name).read_text().split("\n", 1)[0].removeprefix("# ") for name in files]
    assert re.findall(r"^- \[(.+)\]\((.+)\)$", index, re.MULTILINE) == list(zip(headings, files, strict=True))
    assert [heading[:6] for heading in headings] == [f"{name[:4]}: " for name in files]
    given = {int(name[:4]) for name in files}
    missing = sorted(set(range(1, max(given) + 1)) - given)
    assert re.findall(r"[Nn]umber (\d{4}) was skipped", index) == [f"{number:04}" for number in missing]
