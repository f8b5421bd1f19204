"""Attacks 14 to 21: change something outside scratch."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.redteam

_DENIED = {"EROFS", "EACCES", "EPERM", "ENOENT"}


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    """A host file that the box may read and that file permissions alone would let anybody write."""
    folder = tmp_path / "shown"
    folder.mkdir(mode=0o777)
    file = folder / "file"
    file.write_text("as it was")
    file.chmod(0o666)
    folder.chmod(0o777)
    return file


def test_14_nothing_outside_scratch_can_be_written(ask: Callable[..., Any], shown: Path) -> None:
    project = Path(__file__).parents[2]
    folders = ["/", "/usr", "/etc", "/usr/lib", "/dev", "/run", "/var", sys.prefix, sys.base_prefix]
    folders += [str(Path(os.__file__).parent / "site-packages"), str(project), str(shown.parent)]
    found = ask(
        f"""
        tried = [errno_of(open, folder + "/errata-was-here", "w") for folder in {folders!r}]
        answer(tried + [errno_of(open, {str(shown)!r}, mode) for mode in ("w", "a", "r+")]
            + [errno_of(os.truncate, {str(shown)!r}, 0), errno_of(os.unlink, {str(shown)!r})])
        """,
        readable=[shown.parent],
    )
    # Where the project itself lies in the temporary folder, a run may have one of its own over it.
    private = {"done"} if any(Path(folder).is_relative_to("/tmp") for folder in folders) else set()
    assert set(found) <= _DENIED | private
    assert [folder for folder in folders if (Path(folder) / "errata-was-here").exists()] == []
    assert shown.read_text() == "as it was"
    assert not any(Path(folder, "errata-was-here").exists() for folder in folders)


def test_15_permissions_times_and_attributes_outside_scratch_stay(
    ask: Callable[..., Any], shown: Path
) -> None:
    before = shown.stat()
    ask(
        f"""
        path = {str(shown)!r}
        with open(path) as file:
            answer([errno_of(os.chmod, path, 0o777), errno_of(os.fchmod, file.fileno(), 0o777),
                errno_of(os.utime, path, (1, 1)), errno_of(os.setxattr, path, "user.errata", b"x"),
                errno_of(os.chown, path, os.getuid(), os.getgid())])
        """,
        readable=[shown.parent],
    )
    after = shown.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_uid) == (
        before.st_mode,
        before.st_mtime_ns,
        before.st_uid,
    )
    assert os.listxattr(shown) == []


def test_16_a_link_in_scratch_opens_no_way_out(ask: Callable[..., Any], shown: Path) -> None:
    found = ask(
        f"""
        os.symlink({str(shown)!r}, "link")
        answer([errno_of(open, "link", "w"), errno_of(open, "link", "a")])
        """,
        readable=[shown.parent],
    )
    assert set(found) <= _DENIED
    assert shown.read_text() == "as it was"


def test_18_hard_links_and_device_nodes_are_denied(ask: Callable[..., Any], shown: Path) -> None:
    found = ask(
        f"""
        answer([errno_of(os.link, {str(shown)!r}, "hard"), errno_of(os.link, "/etc/shadow", "shadow"),
            errno_of(os.mknod, "disk", 0o660 | {stat.S_IFBLK}, os.makedev(254, 0)),
            errno_of(os.mknod, "memory", 0o660 | {stat.S_IFCHR}, os.makedev(1, 1))])
        """,
        readable=[shown.parent],
    )
    assert set(found) <= {"EXDEV", *_DENIED}


def test_19_a_fifo_in_scratch_holds_nobody_up(ask: Callable[..., Any], scratch: Path) -> None:
    found = ask("""
        os.mkfifo("result.json")
        time.sleep(0.6)  # long enough for the supervisor to look through scratch
        answer("over")
    """)
    assert found == "over"
    assert stat.S_ISFIFO((scratch / "result.json").lstat().st_mode)


def test_20_kernel_settings_cannot_be_written(ask: Callable[..., Any]) -> None:
    found = ask("""
        names = ("kernel/core_pattern", "kernel/hostname", "vm/drop_caches", "net/ipv4/ip_forward")
        answer([errno_of(open, "/proc/sys/" + name, "w") for name in names]
            + [errno_of(open, path, "w") for path in ("/proc/sysrq-trigger", "/sys/power/state")])
    """)
    assert set(found) <= _DENIED


def test_20_no_process_is_root_for_the_kernel(ask: Callable[..., Any]) -> None:
    found = ask("""
        mapped = [row.split() for row in open("/proc/self/uid_map")]
        status = dict(row.split(":", 1) for row in open("/proc/self/status"))
        answer([os.getresuid(), os.getresgid(), os.getgroups(),
            [int(first) + os.getuid() - int(inside) for inside, first, length in mapped
                if int(inside) <= os.getuid() < int(inside) + int(length)],
            [status[name].strip() for name in ("CapPrm", "CapEff")]])
    """)
    users, groups, others, outside, capabilities = found
    assert 0 not in [*users, *groups, *others, *outside]
    assert {int(mask, 16) for mask in capabilities} == {0}


def test_21_a_setuid_program_gains_nothing(ask: Callable[..., Any]) -> None:
    found = ask("""
        import shutil, subprocess
        shutil.copy("/usr/bin/id", "own")
        os.chmod("own", 0o4755)
        runs = [subprocess.run(command, capture_output=True, text=True).stdout.strip()
            for command in (["./own", "-u"], ["/usr/bin/id", "-u"])]
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        answer([runs, os.getuid(), status["NoNewPrivs"].strip()])
    """)
    runs, uid, no_new_privileges = found
    assert runs == [str(uid)] * 2
    assert no_new_privileges == "1"
