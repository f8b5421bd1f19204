"""``--cluster local`` as a command that is killed or interrupted: what it had finished is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_COMMAND = [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())"]
Command = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def command(articles: list[Path], tmp_path: Path) -> Iterator[Command]:
    """Start the review of all articles on a cluster of its own."""
    (tmp_path / "tmp").mkdir()
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                [*_COMMAND, "review", str(articles[0].parent), "--format", "json", "--no-cache", *options],
                env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=tmp_path,
                text=True,
                start_new_session=True,
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def finished(journal: Path) -> list[str]:
    """The articles whose review is in a journal."""
    if not journal.exists():
        return []
    whole = journal.read_bytes().rpartition(b"\n")[0].splitlines()[1:]
    return [Path(json.loads(line)["path"]).name for line in whole]


def until_some_are_finished(process: subprocess.Popen[str], journal: Path) -> None:
    deadline = time.monotonic() + 120
    while len(finished(journal)) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def session(number: int) -> list[str]:
    """The command lines of all processes that a session still has, and of sandboxes below them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_text().replace("\0", " ")
            # A process that is ending has given up its memory, and its command line with it.
            if fields[0] != "Z" and int(fields[3]) == number and command:
                found.append(command)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_a_client_that_is_killed_loses_no_finished_review(
    command: Command, articles: list[Path], expected: Any, tmp_path: Path
) -> None:
    journal = tmp_path / "errata-reviews.jsonl"
    first = command("--cluster", "local", "--jobs", "2")
    until_some_are_finished(first, journal)
    first.kill()
    first.communicate()
    kept = finished(journal)
    deadline = time.monotonic() + 60
    while left := session(first.pid):  # its workers notice, and end with what they were running
        assert time.monotonic() < deadline, left
        time.sleep(0.05)

    refused = command("--cluster", "local")
    assert refused.communicate()[1] == (
        "errata: errata-reviews.jsonl: it holds reviews already; go on with --resume, "
        "or name another --journal\n"
    )
    assert refused.returncode == 2

    second = command("--cluster", "local", "--jobs", "2", "--resume")
    written, said = second.communicate(timeout=120)
    assert (second.returncode, said) == (1, "")
    found = json.loads(written)
    for review in found["reviews"]:
        del review["seconds"], review["cached"]
    assert found["reviews"] == expected["reviews"]
    assert finished(journal)[: len(kept)] == kept
    assert sorted(finished(journal)) == [article.name for article in articles]


def test_an_interrupted_client_leaves_its_journal_and_nothing_else(command: Command, tmp_path: Path) -> None:
    process = command("--cluster", "local", "--jobs", "2", "--journal", "some.jsonl")
    until_some_are_finished(process, tmp_path / "some.jsonl")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
    written, said = process.communicate(timeout=60)
    assert (process.returncode, written) == (130, "")
    assert said.splitlines() == [
        "errata: what was finished is in some.jsonl; go on with --resume",
        "errata: interrupted; no report was written",
    ]
    assert session(process.pid) == []
    assert list((tmp_path / "tmp").iterdir()) == []
