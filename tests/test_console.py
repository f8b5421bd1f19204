from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from harness import console, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def put_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Called by the test and no fixture: pytest sets its own streams between the two."""
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream)
    return stream


def test_progress_names_article_step_and_time_and_is_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = put_terminal(monkeypatch)
    with progress.shown(2) as show:
        step = show(Path("evil\x1b[5m[red].md"))
        step("line 7 \u202e[bold]")
        show(Path("two.md"))("line 1")
    written = terminal.getvalue()
    assert r"two.md (2 of 2): line 1" in written
    assert "0:00:0" in written
    assert "\x1b[5m" not in written
    assert "\u202e" not in written
    assert written.endswith("\x1b[2K")  # the line is erased
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1  # and the cursor is back


def test_progress_is_silent_where_nobody_watches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with progress.shown(1) as show:
        show(Path("one.md"))("line 1")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys, "stderr", None)
    with progress.shown(1) as show:
        show(Path("one.md"))("line 1")


@pytest.mark.parametrize(("columns", "width"), [("20", 60), ("80", 80), ("400", 120)])
def test_pages_are_as_wide_as_the_terminal_within_reason(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert console.page().width == width


def test_only_on_a_terminal_there_is_an_edge_at_which_lines_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert console.page().cut is None
    put_terminal(monkeypatch)
    assert (console.page().cut, console.page().width) == (200, 120)


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    put_terminal(monkeypatch)
    assert console.page().colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not console.page().colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not console.page().colour
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not console.page().colour


def test_complaints_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    console.complain("first\nline\x1b[31m", "second")
    assert capsys.readouterr().err == "errata: first\\nline\\x1b[31m\nerrata: second\n"


def test_complaints_never_reach_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    console.complain("nobody hears this")
    assert capsys.readouterr().out == ""
