from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.model import Killed, Limits
from harness.sandbox.streams import Streams


class Wired:
    """Streams with the far ends of their pipes."""

    def __init__(self, limits: Limits, stdin: bytes = b"") -> None:
        self.records: list[bytes] = []
        self.output: list[tuple[str, bytes]] = []
        self.streams = Streams(limits, stdin, self.records.append, lambda *said: self.output.append(said))
        pipes = {name: os.pipe() for name in ("stdout", "stderr", "status", "records")}
        self.far = {name: write for name, (_, write) in pipes.items()}
        self.far["stdin"], near_stdin = os.pipe()
        self._near = [read for read, _ in pipes.values()]
        self.streams.connect(stdin=near_stdin, **{name: read for name, (read, _) in pipes.items()})

    def say(self, name: str, data: bytes) -> None:
        os.write(self.far[name], data)
        while self.streams.pump(0):
            pass

    def close(self) -> None:
        self.streams.close()
        for descriptor in [*self.far.values(), *self._near]:
            with contextlib.suppress(OSError):  # a test may have closed it
                os.close(descriptor)


@pytest.fixture
def wire() -> Iterator[Callable[..., Wired]]:
    with contextlib.ExitStack() as stack:

        def make(*arguments: Any) -> Wired:
            wired = Wired(*arguments)
            stack.callback(wired.close)
            return wired

        yield make


def test_records_arrive_as_whole_lines(wire: Callable[..., Wired]) -> None:
    wired = wire(Limits())
    wired.say("records", b"one\ntw")
    assert wired.records == [b"one"]
    wired.say("records", b"o\n\nthree")
    assert wired.records == [b"one", b"two", b""]


def test_output_is_kept_up_to_the_cap_over_both_streams(wire: Callable[..., Wired]) -> None:
    wired = wire(Limits(output_bytes=10))
    wired.say("stdout", b"123456")
    wired.say("stderr", b"abcdef")
    assert wired.streams.exceeded is Killed.OUTPUT
    assert bytes(wired.streams.stdout + b"|" + wired.streams.stderr) == b"123456|abcd"
    assert wired.output == [("stdout", b"123456"), ("stderr", b"abcd")]


def test_output_of_exactly_the_cap_is_fine(wire: Callable[..., Wired]) -> None:
    wired = wire(Limits(output_bytes=10))
    wired.say("stdout", b"1234567890")
    assert wired.streams.exceeded is None


def test_records_beyond_their_cap_are_dropped(wire: Callable[..., Wired]) -> None:
    wired = wire(Limits(record_bytes=8))
    wired.say("records", b"1234567\n")
    wired.say("records", b"x\n")
    assert (wired.records, wired.streams.exceeded) == ([b"1234567"], Killed.RECORDS)


def test_status_lines_become_words(wire: Callable[..., Wired]) -> None:
    wired = wire(Limits())
    wired.say("status", b"started\nfailed no such")
    wired.say("status", b" file\n")
    assert wired.streams.status == {"started": "", "failed": "no such file"}


def test_input_larger_than_a_pipe_is_written_in_pieces(wire: Callable[..., Wired]) -> None:
    text = os.urandom(300_000)
    wired = wire(Limits(), text)
    got = b""
    while wired.streams.pump(0):
        got += os.read(wired.far["stdin"], 1 << 17)
    assert got == text
    assert os.read(wired.far["stdin"], 1) == b""


def test_a_process_that_does_not_read_its_input_is_no_error(wire: Callable[..., Wired]) -> None:
    wired = wire(Limits(), b"unwanted")
    os.close(wired.far["stdin"])
    assert wired.streams.pump(0)
    assert wired.streams.exceeded is None


def test_reading_ends_when_all_writers_have_gone(wire: Callable[..., Wired]) -> None:
    wired = wire(Limits())
    assert wired.streams.reading
    for name in ("stdout", "stderr", "status", "records"):
        os.close(wired.far[name])
    wired.streams.pump(0)
    assert not wired.streams.reading
