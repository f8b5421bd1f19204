from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from harness.report import Destination, OutputError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_whole_document_arrives(tmp_path: Path) -> None:
    with Destination(tmp_path / "out.txt") as target:
        assert names(tmp_path) != ["out.txt"]
        target.write("né\n")
    assert (tmp_path / "out.txt").read_bytes() == "né\n".encode()
    assert names(tmp_path) == ["out.txt"]


def test_nothing_is_left_behind_without_a_document(tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("before")

    def interrupted() -> None:
        with Destination(tmp_path / "out.txt"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == ["out.txt"]
    assert (tmp_path / "out.txt").read_text() == "before"


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    real.write_text("before")
    real.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(real)
    with Destination(link) as target:
        target.write("after")
    assert link.is_symlink()
    assert real.read_text() == "after"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with Destination(tmp_path / "out.txt") as target:
            target.write("")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.txt").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("absent/out.txt", "No such file or directory"),
        ("folder", "it is a directory, expected a file name"),
        ("file/out.txt", "Not a directory"),
        ("loop", "Symlink loop|Too many levels"),
        ("n" * 300, "File name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_known_at_once(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    before = names(tmp_path)
    with pytest.raises(
        OutputError, match=rf"the report cannot be written \(.*({why}).*\); name another --output"
    ):
        Destination(tmp_path / name).__enter__()
    assert names(tmp_path) == before


def test_a_full_device_is_told(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.is_char_device():
        pytest.skip("this system has no /dev/full")
    with (
        Destination(full) as target,
        pytest.raises(OutputError, match=r"/dev/full: .*No space left on device"),
    ):
        target.write("document")
    assert full.is_char_device()


def test_a_disk_that_fills_up_keeps_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out.txt").write_text("before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        Destination(tmp_path / "out.txt") as target,
        pytest.raises(OutputError, match="No space left on device"),
    ):
        target.write("after")
    assert names(tmp_path) == ["out.txt"]
    assert (tmp_path / "out.txt").read_text() == "before"
