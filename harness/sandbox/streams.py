"""The pipes between the supervisor and a confined process: capped, never blocking, no threads."""

from __future__ import annotations

import contextlib
import os
import selectors
from collections.abc import Callable

from harness.model import Killed, Limits

_CHUNK = 1 << 16

OnRecord = Callable[[bytes], None]
OnOutput = Callable[[str, bytes], None]


class Streams:
    """Reads what the process writes and writes what it reads, a piece at a time."""

    def __init__(
        self, limits: Limits, stdin: bytes, on_record: OnRecord | None, on_output: OnOutput | None
    ) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.exceeded: Killed | None = None
        self.status: dict[str, str] = {}  # what the launcher said: started, exit, signal or failed, and more
        self._limits = limits
        self._stdin = memoryview(stdin)
        self._on_record = on_record
        self._on_output = on_output
        self._records = bytearray()  # the last line, not yet complete
        self._record_bytes = 0
        self._statuses = bytearray()
        self._selector = selectors.DefaultSelector()

    def connect(self, *, stdin: int, stdout: int, stderr: int, status: int, records: int | None) -> None:
        """Take over the supervisor's ends; whoever opened them closes them."""
        readers = {
            stdout: lambda data: self._output("stdout", self.stdout, data),
            stderr: lambda data: self._output("stderr", self.stderr, data),
            status: self._status,
        }
        if records is not None:
            readers[records] = self._record
        for descriptor, reader in readers.items():
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, reader)
        if self._stdin:
            os.set_blocking(stdin, False)
            self._selector.register(stdin, selectors.EVENT_WRITE)
        else:
            os.close(stdin)

    def close(self) -> None:
        self._selector.close()

    @property
    def reading(self) -> bool:
        """Some pipe may still bring something."""
        return any(key.events == selectors.EVENT_READ for key in self._selector.get_map().values())

    def pump(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for data and handle it; False when there was none."""
        ready = self._selector.select(seconds)
        for key, _ in ready:
            if key.data is None:
                self._feed(key.fd)
            else:
                self._read(key.fd, key.data)
        return bool(ready)

    def _feed(self, descriptor: int) -> None:
        try:
            written = os.write(descriptor, self._stdin[:_CHUNK])
        except BrokenPipeError:
            written = len(self._stdin)
        self._stdin = self._stdin[written:]
        if not self._stdin:
            self._selector.unregister(descriptor)
            os.close(descriptor)

    def _read(self, descriptor: int, reader: Callable[[bytes], None]) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(descriptor, _CHUNK)
            if data:
                reader(data)
            else:
                self._selector.unregister(descriptor)

    def _output(self, name: str, kept: bytearray, data: bytes) -> None:
        room = self._limits.output_bytes - len(self.stdout) - len(self.stderr)
        if len(data) > room:
            self.exceeded = self.exceeded or Killed.OUTPUT
            data = data[:room]
        kept += data
        if data and self._on_output:
            self._on_output(name, data)

    def _record(self, data: bytes) -> None:
        self._record_bytes += len(data)
        if self._record_bytes > self._limits.record_bytes:
            self.exceeded = self.exceeded or Killed.RECORDS
            return
        self._records += data
        if b"\n" not in data:
            return  # a long line is searched for its end only once
        *lines, self._records = self._records.split(b"\n")
        for line in lines:
            if self._on_record:
                self._on_record(bytes(line))

    def _status(self, data: bytes) -> None:
        self._statuses += data
        *lines, self._statuses = self._statuses.split(b"\n")
        for line in lines:
            word, _, rest = line.decode(errors="replace").partition(" ")
            self.status[word] = rest
