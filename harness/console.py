"""The terminal, or what stands in its place: writing that survives closed pipes and full disks."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import re
import shutil
import sys

from harness.report import Page, clean

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_NARROWEST, _WIDEST = 60, 120  # cells; wider prose is hard to read


def page() -> Page:
    """The width of standard output, and colour where it is a terminal that wants it.

    Only a terminal has an edge at which lines are cut: what is written elsewhere is searched and copied.
    """
    terminal = sys.stdout is not None and sys.stdout.isatty()
    # The usual agreements: no-color.org, and terminals that say they can do nothing.
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    columns = shutil.get_terminal_size((100, 24)).columns
    return Page(
        width=min(max(columns, _NARROWEST), _WIDEST),
        cut=max(columns, _NARROWEST) if terminal else None,
        colour=colour,
    )


def write(document: str) -> None:
    """Write to standard output.  A reader who has seen enough (``| head``) is no error.

    Raises OutputError where it is closed or full.
    """
    stream = sys.stdout
    if stream is None:
        raise _unwritable("is closed")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # an article may hold what the locale cannot
    try:
        stream.write(document)
        stream.flush()
    except OSError as error:
        # What is still buffered would fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise _unwritable(f"cannot be written ({error.strerror})") from error


def _unwritable(why: str) -> Exception:
    from harness.report import OutputError

    return OutputError(f"standard output {why}")


def complain(*messages: str) -> None:
    """Each message as one line on standard error, whatever it quotes."""
    if sys.stderr is None:  # print() would fall back to standard output
        return
    with contextlib.suppress(OSError):  # nobody is left to be told
        for message in messages:
            print(f"errata: {clean(message)}", file=sys.stderr, flush=True)


class Relay:
    """Hands a program's output on as it comes, without what could steer a terminal.

    Colours are dropped; carriage return and backspace stay, progress bars need them.
    """

    def __init__(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {name: decoder(errors="replace") for name in ("stdout", "stderr")}

    def __call__(self, stream: str, chunk: bytes) -> None:
        """``stream`` is "stdout" or "stderr"."""
        text = _COLOUR.sub("", self._decoders[stream].decode(chunk))
        shown = "".join(c if c in "\n\r\b\t" or c.isprintable() else clean(c) for c in text)
        target = sys.stdout if stream == "stdout" else sys.stderr
        if target is not None:
            target.write(shown)
            target.flush()
