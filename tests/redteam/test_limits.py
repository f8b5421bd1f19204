"""Attacks 33 to 40: use up the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.model import Killed, Limits
from tests.redteam.conftest import Attack

pytestmark = pytest.mark.redteam

MIB = 2**20


def test_33_spinning_is_stopped_by_processor_time(attack: Attack) -> None:
    outcome = attack("while True: pass", limits=Limits(wall_seconds=30, cpu_seconds=1))
    assert outcome.killed is Killed.CPU
    assert outcome.seconds < 20


def test_33_spinning_in_many_short_processes_is_counted_too(attack: Attack) -> None:
    code = """
        while True:
            if os.fork() == 0:
                end = time.process_time() + 0.3
                while time.process_time() < end: pass
                os._exit(0)
            os.wait()
    """
    outcome = attack(code, limits=Limits(wall_seconds=30, cpu_seconds=1))
    assert outcome.killed is Killed.CPU


def test_33_a_stalled_clock_inside_does_not_stall_the_limit(attack: Attack) -> None:
    code = "time.time = time.monotonic = lambda: 0.0\nwhile True: time.sleep(0.05)"
    assert attack(code, limits=Limits(wall_seconds=1)).killed is Killed.WALL


def test_34_one_huge_array_is_a_named_error(attack: Attack) -> None:
    outcome = attack("import numpy as np; print(np.ones(10**9).sum())", limits=Limits(wall_seconds=30))
    assert outcome.exit_code == 1
    assert b"MemoryError: Unable to allocate 7.45 GiB" in outcome.stderr


def test_35_shared_anonymous_memory_is_counted(attack: Attack) -> None:
    code = f"""
        import mmap
        block = mmap.mmap(-1, {600 * MIB})
        for page in range(0, len(block), 4096): block[page] = 1
        time.sleep(20)
    """
    outcome = attack(code, limits=Limits(wall_seconds=25, memory_bytes=300 * MIB))
    assert outcome.killed is Killed.MEMORY
    assert outcome.peak_memory > 300 * MIB


def test_35_memory_that_no_limit_counts_is_denied(ask: Callable[..., Any]) -> None:
    found = ask("answer([call(319, 279, b'x', 0), call(447, 447, 0), call(29, 194, 0, 4096, 0o1600)])")
    assert found == ["EPERM"] * 3


def test_36_memory_split_over_many_children_is_added_up(attack: Attack) -> None:
    code = f"""
        for _ in range(8):
            if os.fork() == 0:
                block = bytearray({80 * MIB})
                block[::4096] = bytes(len(block[::4096])).replace(b"\\0", b"x")
                time.sleep(20)
        time.sleep(20)
    """
    outcome = attack(code, limits=Limits(wall_seconds=25, memory_bytes=350 * MIB))
    assert outcome.killed is Killed.MEMORY


def test_36_processes_whose_first_thread_has_ended_are_still_added_up(attack: Attack) -> None:
    code = f"""
        import threading
        def hoard():
            time.sleep(0.5)
            block = bytearray(os.urandom({40 * MIB}))
            time.sleep(20)
        for _ in range(8):
            if os.fork() == 0:
                threading.Thread(target=hoard).start()
                libc.pthread_exit(None)
        time.sleep(20)
    """
    outcome = attack(code, limits=Limits(wall_seconds=25, memory_bytes=200 * MIB))
    assert outcome.killed is Killed.MEMORY


def test_36_pages_that_children_share_are_counted_once(attack: Attack) -> None:
    code = f"""
        block = bytearray(os.urandom({100 * MIB}))
        for _ in range(6):
            if os.fork() == 0:
                time.sleep(1.5)
                os._exit(0)
        for _ in range(6): os.wait()
    """
    outcome = attack(code, limits=Limits(wall_seconds=25, memory_bytes=400 * MIB))
    assert (outcome.exit_code, outcome.killed) == (0, None)
    assert 100 * MIB < outcome.peak_memory < 400 * MIB


def test_37_temporary_folders_are_full_at_their_bound(ask: Callable[..., Any]) -> None:
    code = """
        def fill(path):
            with open(path, "wb", 0) as file:
                while True: file.write(bytes(2**20))
        found = {}
        for folder in ("/tmp", "/dev/shm"):
            found[folder] = errno_of(fill, folder + "/big")
            os.unlink(folder + "/big")
        answer(found)
    """
    limits = Limits(wall_seconds=30, memory_bytes=256 * MIB)
    assert ask(code, limits=limits) == {"/tmp": "ENOSPC", "/dev/shm": "ENOSPC"}


def test_37_files_in_temporary_folders_count_as_memory(attack: Attack) -> None:
    code = f"""
        for folder in ("/tmp", "/dev/shm"):
            with open(folder + "/big", "wb", 0) as file:
                for _ in range(60): file.write(bytes({MIB}))
        block = b"x" * {150 * MIB}
        time.sleep(20)
    """
    outcome = attack(code, limits=Limits(wall_seconds=25, memory_bytes=256 * MIB))
    assert outcome.killed is Killed.MEMORY


def test_38_one_huge_file_is_an_error(ask: Callable[..., Any]) -> None:
    code = f"""
        def fill():
            with open("big", "wb", 0) as file:
                for _ in range(64): file.write(bytes({MIB}))
        answer([errno_of(fill), os.path.getsize("big")])
    """
    assert ask(code, limits=Limits(wall_seconds=30, file_bytes=8 * MIB)) == ["EFBIG", 8 * MIB]


@pytest.mark.parametrize(
    "code",
    [
        "for i in range(10**6): open(str(i), 'w').close()",
        f"for i in range(10**6): open(str(i), 'wb').write(bytes({MIB})); time.sleep(0.02)",
        "while True: os.mkdir('d'); os.chdir('d')",
        f"""
        while True:
            with open("nameless", "wb", 0) as file:
                os.unlink("nameless")
                for _ in range(16): file.write(bytes({MIB}))
                os.fsync(file.fileno())
        """,
    ],
    ids=["a million files", "many files", "nested folders", "files without a name"],
)
def test_38_filling_the_disk_is_ended(attack: Attack, code: str) -> None:
    limits = Limits(wall_seconds=40, disk_bytes=32 * MIB, files=2000)
    assert attack(code, limits=limits).killed is Killed.DISK


def test_39_a_sparse_file_cannot_be_made_huge(ask: Callable[..., Any]) -> None:
    code = """
        open("sparse", "w").close()
        answer([errno_of(os.truncate, "sparse", 2**40), os.path.getsize("sparse")])
    """
    assert ask(code) == ["EFBIG", 0]


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_40_a_flood_of_output_is_capped_and_ended(attack: Attack, stream: str) -> None:
    limits = Limits(wall_seconds=30, output_bytes=100_000)
    outcome = attack(f"while True: sys.{stream}.write('flood ' * 1000)", limits=limits)
    assert (outcome.killed, outcome.truncated) == (Killed.OUTPUT, True)
    assert len(outcome.stdout) + len(outcome.stderr) == limits.output_bytes


def test_40_a_flood_of_records_is_capped_and_ended(attack: Attack) -> None:
    lines: list[bytes] = []
    limits = Limits(wall_seconds=30, record_bytes=100_000)
    outcome = attack("while True: os.write(3, b'x' * 99 + b'\\n')", limits=limits, on_record=lines.append)
    assert (outcome.killed, outcome.truncated) == (Killed.RECORDS, False)
    assert sum(len(line) + 1 for line in lines) <= limits.record_bytes


def test_40_an_endless_record_is_capped_and_ended(attack: Attack) -> None:
    lines: list[bytes] = []
    limits = Limits(wall_seconds=30, record_bytes=100_000)
    outcome = attack("while True: os.write(3, b'x' * 4096)", limits=limits, on_record=lines.append)
    assert (outcome.killed, lines) == (Killed.RECORDS, [])
