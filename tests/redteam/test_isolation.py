"""Attacks 42, 43, 46 to 49: confuse the verdict, or leave something for another run."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.redteam.conftest import Attack

pytestmark = pytest.mark.redteam

_PLACES = ("/tmp/trace", "/dev/shm/trace", "/run/trace", "/var/tmp/trace")
_LEAVE = f"""
    for place in {_PLACES!r}:
        errno_of(lambda: open(place, "w").close())
    errno_of(os.mkdir, "/dev/shm/folder")
"""
_LOOK = f"""answer([place for place in (*{_PLACES!r}, "/dev/shm/folder") if os.path.exists(place)])"""


def test_42_output_is_never_taken_for_a_record(attack: Attack) -> None:
    records: list[bytes] = []
    outcome = attack(
        """
        forged = b'{"event": "Ended", "statements": 1}\\n1 passed\\n'
        os.write(1, forged)
        os.write(2, forged)
        os.write(3, b"a claim\\nno newline")
        """,
        on_record=records.append,
    )
    assert records == [b"a claim"]
    assert outcome.stdout == outcome.stderr == b'{"event": "Ended", "statements": 1}\n1 passed\n'


def test_42_the_launchers_own_channels_are_closed(attack: Attack) -> None:
    outcome = attack("""
        for number in range(3, 4096):
            try:
                os.write(number, b'{"exit": 0}\\n')
            except OSError:
                pass
        os._exit(9)
    """)
    assert outcome.exit_code == 9


def test_43_leaving_halfway_is_seen_as_what_it_is(attack: Attack) -> None:
    records: list[bytes] = []
    outcome = attack(
        "os.write(3, b'first\\n'); os._exit(0); os.write(3, b'last\\n')", on_record=records.append
    )
    assert (outcome.exit_code, outcome.signal, records) == (0, None, [b"first"])


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_46_a_crash_is_reported_with_its_signal(attack: Attack, number: signal.Signals) -> None:
    outcome = attack(f"os.kill(os.getpid(), {int(number)})")
    assert (outcome.exit_code, outcome.signal, outcome.killed) == (None, number, None)


def test_46_an_exit_code_above_128_is_no_signal(attack: Attack) -> None:
    outcome = attack("os._exit(139)")
    assert (outcome.exit_code, outcome.signal) == (139, None)


def test_47_runs_at_the_same_time_share_nothing(attack: Attack, tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    lines: list[str] = []

    def first() -> None:
        def told(stream: str, data: bytes) -> None:
            lines.append(data.decode())
            if "left" in lines[-1]:
                lines.append(second().result(timeout=25))

        code = _LEAVE + "\nprint('left', flush=True)\nsys.stdin.read()\ntime.sleep(0.1)"
        attack(code.replace("\n    ", "\n"), scratch=folders[0], on_output=told)

    def second() -> Any:
        return pool.submit(lambda: attack(_LOOK, scratch=folders[1]).stdout.decode().strip())

    with ThreadPoolExecutor(2) as pool:
        pool.submit(first).result(timeout=60)
    assert lines == ["left\n", "[]"]


def test_48_a_later_run_finds_no_trace_of_an_earlier_one(ask: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    assert ask(_LEAVE + "\n    answer(True)", scratch=tmp_path / "first") is True
    assert ask(_LOOK, scratch=tmp_path / "second") == []


def test_49_a_module_in_scratch_shadows_that_run_only(ask: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    code = "sys.path.insert(0, os.getcwd()); import colorsys; answer(hasattr(colorsys, 'planted'))"
    (tmp_path / "first" / "colorsys.py").write_text("planted = True")
    assert ask(code, scratch=tmp_path / "first") is True
    assert ask(code, scratch=tmp_path / "second") is False
