"""Attacks 9 to 13: read what belongs to the user of the harness."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.redteam

_TOKEN = "planted-token-7f3a"


def test_09_the_callers_environment_is_not_visible(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_TOKEN", _TOKEN)
    found = ask(f"""
        token = {_TOKEN[:8]!r} + {_TOKEN[8:]!r}
        seen = [name for name, value in os.environ.items() if token in value]
        pids = ["1", "self", str(os.getppid())]
        try:
            pids += filter(str.isdigit, os.listdir("/proc"))
        except OSError:
            pass
        for pid in pids:
            for name in ("environ", "cmdline"):
                try:
                    with open(f"/proc/{{pid}}/{{name}}", "rb") as file:
                        seen += [pid + name] if token.encode() in file.read() else []
                except OSError:
                    pass
        answer([seen, sorted(os.environ)])
    """)
    names = ["HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "USER"]
    assert found == [[], names]


def test_10_credentials_in_the_home_folder_are_not_there(
    ask: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    names = [".ssh/id_ed25519", ".netrc", ".aws/credentials", ".config/gcloud/credentials.db"]
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(_TOKEN)
    monkeypatch.setenv("HOME", str(home))
    found = ask(f"""
        planted = [errno_of(open, "{home}/" + name) for name in {names!r}]
        homes = [errno_of(os.listdir, folder) for folder in ("/root/.ssh", "/home", {str(home)!r})]
        own = os.path.expanduser("~")
        answer([planted + homes, own == os.getcwd(), os.listdir(own)])
    """)
    assert set(found[0]) <= {"ENOENT", "EACCES"}
    assert found[1:] == [True, []]


def test_11_password_hashes_are_not_readable(ask: Callable[..., Any]) -> None:
    assert ask("""answer(errno_of(open, "/etc/shadow"))""") in {"ENOENT", "EACCES"}


def test_12_kernel_keyrings_are_denied(ask: Callable[..., Any]) -> None:
    assert ask("answer([call(248, 217), call(249, 218), call(250, 219, 0, -3)])") == ["EPERM"] * 3


@pytest.mark.parametrize("records", [False, True])
def test_13_no_descriptor_is_inherited(ask: Callable[..., Any], tmp_path: Path, records: bool) -> None:
    secret = os.open(tmp_path / "secret", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(secret, True)
    try:
        options = {"on_record": lambda line: None} if records else {}
        found = ask(
            """
            def usable(number):
                try:
                    os.fstat(number)
                except OSError:
                    return False
                return True
            answer([number for number in range(1024) if usable(number)])
            """,
            **options,
        )
    finally:
        os.close(secret)
    assert found == [0, 1, 2, 3][: 4 if records else 3]
