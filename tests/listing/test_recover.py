"""Syntax errors: only the lines at fault are left out, and they are reported as the parser sees them."""

from __future__ import annotations

import random
import time

import pytest

from harness.listing import read_listing
from harness.listing.check import check
from harness.listing.recover import mend
from harness.model import Article

UNTERMINATED = '''def f():
    """Never closed.
    x = 1
    return x

def g():
    """Closed.
    """
    return 2
y = f()
'''


@pytest.mark.parametrize(
    ("source", "lost", "message"),
    [
        pytest.param("a=1\n... // Define the model\n\nb=2", (2, 2), "invalid syntax", id="placeholder"),
        pytest.param('a=1\nprint "x"\nb=2', (2, 2), "Missing parentheses in call", id="python 2"),
        pytest.param(
            "a=1\nm = S([\n    D(1),\n    D(2)\nb=2\nc=3", (2, 4), "'[' was never closed", id="bracket"
        ),
        pytest.param("for x in y\n    a=1\n    if b:\n        c=1\nd=2", (1, 4), "expected ':'", id="header"),
        pytest.param(
            "if x:\n    a=1\nfor y in z\n    b=1\n", (3, 4), "expected ':'", id="header after a suite"
        ),
        pytest.param("if x\n    a=1\nelse:\n    b=1\ny=2", (1, 4), "expected ':'", id="header with a clause"),
        pytest.param("@d\ndef f(x)\n    return x\ny=2", (1, 3), "expected ':'", id="decorated header"),
        pytest.param(
            "def f():\n    a=1\n  b=2\n    return a", (3, 3), "unindent does not", id="dedented line"
        ),
        pytest.param(
            "def f():\n    a=1\n      b=2\n    return a", (3, 3), "unexpected indent", id="indented line"
        ),
        pytest.param(UNTERMINATED, (2, 2), "unterminated triple-quoted", id="docstring"),
        pytest.param("a=1\ns = 'it\nb=2", (2, 2), "unterminated string", id="string"),
        pytest.param("a=1\nprint(“hi”)\nb=2", (2, 2), "invalid character", id="smart quotes"),
        pytest.param("a=1\n\u00a0\u00a0b=2\nc=3", (2, 2), "invalid non-printable", id="no-break space"),
        pytest.param(
            "def f():\n    x=1\n    <your code here>\n    return x", (3, 3), "invalid syntax", id="gap"
        ),
        pytest.param("def f():\n    <your code here>\nz=1", (1, 2), "invalid syntax", id="only a gap"),
        pytest.param(
            "m = S([\n  D(1),\n  ... // more layers\n  D(2)\n])\nz=1",
            (3, 3),
            "invalid syntax",
            id="in a list",
        ),
        pytest.param("c(\n  a=1\n  b=2,\n)\nz=1", (1, 4), "invalid syntax. Perhaps", id="missing comma"),
        pytest.param("try:\n    x=1\ny=2\nz=3", (1, 2), "expected 'except'", id="try alone"),
        pytest.param("try:\n    x = = 1\nexcept E:\n    pass\ny=2", (1, 4), "invalid syntax", id="empty try"),
        pytest.param(
            "for i in x:\n    # train here\n\ny=1", (1, 1), "expected an indented block", id="no body"
        ),
        pytest.param("a=1\nreturn a\nb=2", (2, 2), "'return' outside function", id="return"),
        pytest.param("a=1\nif a:\n    yield a\nb=2", (2, 3), "'yield' outside function", id="yield"),
        pytest.param("x = await f()\ny=1", (1, 1), "'await' outside function", id="await"),
        pytest.param("for x in y:\n    a=1\nbreak\n", (3, 3), "'break' outside loop", id="break"),
        pytest.param("a=1\nx=" + "(" * 10_000 + "\nb=2", (2, 2), "too many nested", id="nested brackets"),
        pytest.param(
            *(
                "a=1\ndef f():\n    y=1\n    x=" + "-" * 100_000 + "1\n    return y\nb=2",
                (4, 4),
                "too deeply",
            ),
            id="nested signs",
        ),
    ],
)
def test_the_smallest_place_is_lost(source: str, lost: tuple[int, int], message: str) -> None:
    lines = source.split("\n")
    mended, (place,) = mend(lines)
    assert (place.first + 1, place.last + 1) == lost
    assert place.message.startswith(message)
    kept = [line if not place.first <= n <= place.last else "" for n, line in enumerate(lines)]
    assert mended == kept
    assert check(mended) is None


@pytest.mark.parametrize(
    "source", ["...", "def f():\n    ...", "x = 1; from __future__ import division", "s = '\\d'"]
)
def test_legal_code_is_left_alone(source: str) -> None:
    assert mend(source.split("\n")) == (source.split("\n"), [])


def test_places_that_do_not_touch_are_told_apart() -> None:
    _, places = mend(["print 'a'", "x = 1", "y = = 2", "", "", "z = (", "w = 3"])
    assert [(place.first, place.last) for place in places] == [(0, 0), (2, 2), (5, 5)]


def test_line_numbers_in_the_message_are_article_lines() -> None:
    text = "# Title\n\n```python\nx = 1\nfor i in x:\ny = 2\n```\n"
    (place,) = read_listing(Article("a.md", "", text, "markdown")).broken
    assert (place.line, place.end_line, place.block, place.source) == (5, 5, 1, "for i in x:")
    assert place.message == "expected an indented block after 'for' statement on line 5"


@pytest.mark.parametrize("source", ["'\\d'", "x is 1", "assert (1, 'a')", "print('\\d') is 1 = = 2"])
def test_the_parser_s_warnings_stay_with_us(source: str, recwarn: pytest.WarningsRecorder) -> None:
    read_listing(Article("a.py", "", source, "script"))
    assert list(recwarn) == []


def _long_block(in_class: bool) -> list[str]:
    pad = "    " if in_class else ""
    lines = ["class A:"] if in_class else []
    for number in range(600):
        lines += [
            f"{pad}def f{number}(self, x):",
            f"{pad}    y = x + {number}",
            f"{pad}    for k in range(10):",
            f"{pad}        y += g(k, a=[1, 2, 3])",
            f"{pad}    return y",
        ]
    chosen = random.Random(1)
    for number in chosen.sample(range(2, len(lines)), 50):
        lines[number] = lines[number] + " = = (" if chosen.random() < 0.5 else "   " + lines[number]
    return lines


@pytest.mark.parametrize("in_class", [False, True])
def test_fifty_errors_in_three_thousand_lines(in_class: bool) -> None:
    lines = _long_block(in_class)
    started = time.process_time()
    mended, places = mend(lines)
    assert time.process_time() - started < 2
    assert check(mended) is None
    assert 40 <= len(places) <= 50
    assert sum(place.last - place.first + 1 for place in places) <= 150


@pytest.mark.parametrize(
    "lines",
    [
        ["foo("] * 3000,
        ["def f("] * 3000,
        ['"""'] * 3001,
        ["some prose text here's"] * 3000,
        [" " * n + "if x:" for n in range(500)],
        ["x = {", *["  'a': 1 1,"] * 3000, "}"],
        ['x = """ a', "foo bar"] * 1500,
    ],
    ids=["calls", "headers", "quotes", "prose", "suites", "dictionary", "strings"],
)
def test_hostile_blocks_are_given_up_in_reasonable_time(lines: list[str]) -> None:
    started = time.process_time()
    mended, places = mend(lines)
    assert time.process_time() - started < 10
    assert places
    assert check(mended) is None
