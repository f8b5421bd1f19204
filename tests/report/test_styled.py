"""Styled text against rich, which it stands in for."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.report._styled import Styled

STYLES = st.sampled_from(["", "bold", "dim", "bold red", "green"])
# Narrow, wide, combining and blank characters; cleaned text has no other kind of blank and no control.
WORDS = st.text("ab- .一\u0301é" + " " * 4, max_size=40)
PARTS = st.lists(st.tuples(WORDS, STYLES), max_size=4)


def by_rich(parts: list[tuple[str, str]], *, colour: bool) -> str:
    file = io.StringIO()
    system = "standard" if colour else None
    console = Console(
        file=file,
        width=10**6,
        force_terminal=colour,
        color_system=system,  # type: ignore[arg-type]  # one of the literals that it wants, in a variable
        no_color=not colour,
        legacy_windows=False,
    )
    console.print(Text.assemble(*parts), no_wrap=True, overflow="ignore", crop=False, soft_wrap=True, end="")
    return file.getvalue()


@given(PARTS, st.booleans())
def test_it_is_written_as_rich_writes_it(parts: list[tuple[str, str]], colour: bool) -> None:
    assert Styled.of(*parts).written(colour=colour) == by_rich(parts, colour=colour)


@given(WORDS, st.integers(2, 30))
def test_it_is_wrapped_where_rich_wraps_it(text: str, width: int) -> None:
    console = Console(width=width, file=io.StringIO())
    expected = [line.plain.rstrip() for line in Text(text).wrap(console, width)]
    assert [line.plain for line in Styled.of(text).wrapped(width)] == expected


@given(PARTS, st.integers(2, 30))
def test_wrapping_loses_nothing_but_blanks(parts: list[tuple[str, str]], width: int) -> None:
    whole = Styled.of(*parts)
    lines = list(whole.wrapped(width))
    assert all(line.cells <= width for line in lines)
    assert "".join(line.plain for line in lines).replace(" ", "") == whole.plain.replace(" ", "")


@given(PARTS, st.integers(0, 30))
def test_what_is_cut_fills_as_many_cells(parts: list[tuple[str, str]], width: int) -> None:
    whole = Styled.of(*parts)
    cut = whole.cut(width)
    assert cut.cells == min(whole.cells, width)
    assert whole.plain.startswith(cut.plain) or whole.plain.startswith(cut.plain[:-1])


def test_parts_keep_their_styles() -> None:
    text = Styled.of(("one", "bold"), " two ", ("three", "dim"))
    assert text[2:6] == Styled((("e", "bold"), (" tw", "")))
    assert (text + Styled.of("!")).plain == "one two three!"
    assert cell_len(text.plain) == text.cells == 13
