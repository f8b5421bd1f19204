"""Scratch folders are removed whatever a program has made of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness import scratch


def test_a_folder_is_there_and_then_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch.folder() as folder:
        (folder / "file").touch()
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_after_an_error_and_may_be_gone_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fail() -> None:
        with scratch.folder() as folder:
            folder.rmdir()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_killed_harnesses_left_is_removed_and_what_is_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, other = tmp_path / "errata-scratch-left", tmp_path / "errata-of-somebody-else"
    for folder in (left / "inner", other):
        folder.mkdir(parents=True)
    with scratch.folder() as used:
        assert left.exists()  # made a moment ago, perhaps by one that does not hold it yet
        monkeypatch.setattr(scratch, "_FRESH_SECONDS", 0.0)
        with scratch.folder():
            assert used.exists()
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize("name", ["d", "d" * 200])
def test_trees_deeper_than_any_path_are_removed(name: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    descriptor = os.open(root, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir(name, dir_fd=descriptor)
        inner = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    scratch.remove(root)
    assert not root.exists()


def test_links_are_not_followed_and_closed_folders_are_opened(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    root = tmp_path / "root"
    (root / "closed" / "inner").mkdir(parents=True)
    (root / "link").symlink_to(kept)
    (root / "closed" / "link").symlink_to(kept)
    (root / "closed").chmod(0)
    scratch.remove(root)
    assert not root.exists()
    assert (kept / "file").exists()
