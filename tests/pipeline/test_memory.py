"""How much memory there is, read from made-up machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.pipeline import memory, parallel

GIB = 2**30


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """5 GiB available, of which the process's control group has no bound."""
    group = tmp_path / "groups" / "user" / "shell"
    group.mkdir(parents=True)
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable:   {5 * GIB // 1024} kB\n")
    (tmp_path / "proc" / "self" / "cgroup").write_text("1:cpu:/other\n0::/user/shell\n")
    for folder in (group, group.parent):
        bound(folder, "max", 0, 0)
    monkeypatch.setattr(memory, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "groups")
    monkeypatch.setattr("os.sysconf", lambda name: 4096 if "SIZE" in name else 64 * GIB // 4096)
    return group


def bound(group: Path, most: int | str, current: int, inactive: int) -> None:
    (group / "memory.max").write_text(f"{most}\n")
    (group / "memory.current").write_text(f"{current}\n")
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {inactive}\n")


def test_without_a_bound_it_is_the_machines(machine: Path) -> None:
    assert memory.available() == 5 * GIB


def test_a_control_group_allows_less(machine: Path) -> None:
    bound(machine, 4 * GIB, 3 * GIB, GIB)
    assert memory.available() == 2 * GIB


def test_the_tightest_group_counts(machine: Path) -> None:
    bound(machine, 4 * GIB, 0, 0)
    bound(machine.parent, 3 * GIB, 2 * GIB, 0)
    assert memory.available() == GIB


def test_a_group_that_is_full_leaves_nothing(machine: Path) -> None:
    bound(machine, GIB, 2 * GIB, 0)
    assert memory.available() == 0
    assert parallel.fitting() == 1


@pytest.mark.parametrize("missing", ["memory.stat", "memory.current", "memory.max"])
def test_a_group_that_tells_little_is_passed_over(missing: str, machine: Path) -> None:
    bound(machine, GIB, 0, 0)
    (machine / missing).unlink()
    assert memory.available() == 5 * GIB


def test_a_kernel_that_does_not_tell_what_is_available_tells_what_is_free(machine: Path) -> None:
    (memory._PROC / "meminfo").write_text("MemTotal: 9 kB\n")
    assert memory.available() == 64 * GIB


def test_never_more_jobs_than_fit(machine: Path) -> None:
    assert parallel.fitting() == 2
    assert parallel.default_jobs() <= 2
    bound(machine, GIB, 0, 0)
    # With one job everything happens here, where nothing has to be pickled.
    assert list(parallel.in_order(lambda task: task + 1, [1, 2, 3], 8)) == [2, 3, 4]
