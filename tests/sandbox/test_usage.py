from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.sandbox import usage
from harness.sandbox.usage import DEEPEST, Process, Tree, folder_usage, read_process, tasks_of_user


def test_a_folder_is_measured_without_following_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "large").write_bytes(bytes(10**6))
    scratch = tmp_path / "scratch"
    (scratch / "inner").mkdir(parents=True)
    (scratch / "inner" / "file").write_bytes(bytes(100_000))
    (scratch / "link").symlink_to(outside)
    used, entries, deepest = folder_usage(scratch)
    assert 100_000 <= used < 200_000
    assert (entries, deepest) == (3, 2)


def test_a_sparse_file_counts_for_what_it_takes(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**30)
    assert folder_usage(tmp_path)[0] < 10**6


def test_folders_are_not_entered_for_ever(tmp_path: Path) -> None:
    home = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(DEEPEST + 20):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.chdir(home)
    assert folder_usage(tmp_path)[2] == DEEPEST + 1


def test_a_folder_that_is_gone_uses_nothing(tmp_path: Path) -> None:
    assert folder_usage(tmp_path / "gone") == (0, 0, 1)


def test_a_tree_holds_children_of_children_and_nobody_else() -> None:
    code = "import subprocess, sys; subprocess.run(['sleep', '60'])"
    with (
        subprocess.Popen([sys.executable, "-I", "-S", "-c", code]) as parent,
        subprocess.Popen(["sleep", "60"]) as bystander,
    ):
        tree = Tree(parent.pid)
        while tree.sample().processes < 2:
            pass
        inside = set(tree.members)
        used, exact = tree.sample(), tree.exact_memory()
        for pid in (*inside, bystander.pid):
            os.kill(pid, 9)
    assert bystander.pid not in inside
    assert os.getpid() not in inside
    assert 0 < exact <= used.memory
    deadline = time.monotonic() + 10
    while tree.sample().processes and time.monotonic() < deadline:
        time.sleep(0.01)  # the child of the killed child dies on its own time
    assert tree.members == {}
    tree.close()


def test_a_process_that_has_ended_since_the_sample_holds_no_memory() -> None:
    code = "block = b'x' * 2**26\nprint(flush=True)\ninput()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", code], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        tree = Tree(process.pid)
        assert tree.sample().memory > 2**26
        assert tree.exact_memory() > 2**26
        process.kill()
        process.wait()
        assert tree.exact_memory() == 0
        tree.close()


def test_a_process_that_is_about_to_end_holds_what_it_still_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its memory goes before it does: for a moment nothing can be looked into, and nothing is left."""
    tree = Tree(os.getpid(), members={4711: Process(1, 1, 0.0, resident=2**30, thread=4711)})
    for left in (2**20, 0):
        monkeypatch.setattr(usage, "_rollup", lambda pid: {})
        monkeypatch.setattr(usage, "read_process", lambda pid, left=left: Process(1, 1, 0.0, left, pid))
        assert tree.exact_memory() == left
    tree.close()


def test_processor_time_of_ended_processes_is_remembered() -> None:
    code = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\ninput()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", code], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        tree = Tree(process.pid)
        spent = tree.sample().cpu_seconds
        process.kill()
    assert spent >= 0.15
    assert tree.sample().cpu_seconds == spent
    tree.close()


def test_an_ended_process_is_none() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert read_process(process.pid) is None


def test_tasks_of_this_user_include_this_process() -> None:
    assert tasks_of_user(os.geteuid()) >= 1
    assert tasks_of_user(4_000_000_000) == 0


@pytest.mark.parametrize("error", [FileNotFoundError, ProcessLookupError])
def test_a_process_that_ends_while_it_is_looked_at_is_no_process(
    monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    def gone(*arguments: object) -> int:
        raise error

    monkeypatch.setattr("os.open", gone)
    assert read_process(1) is None
