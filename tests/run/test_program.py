"""The working copy: places, patches, loops; every patch keeps every line where it was."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.run.program import Program, bound_attributes, bound_names

TEXT = """\
import os
def f(a,
      b=1):
    for i in range(3):
        c = a + i; d = 2
    return c
class A:
    x = 1

    def g(self):
        self.y = [
            1,
            2,
        ]
for k in range(2):
    print(k)
"""


def program(text: str = TEXT) -> Program:
    return Program(text, "listing.py")


def test_place_is_the_innermost_statement() -> None:
    place = program().place(16, None)
    assert place is not None
    assert program().source(place.node) == "print(k)"
    assert (place.unit, place.function) == (3, None)


def test_place_of_a_def_line_at_module_level_is_the_definition() -> None:
    place = program().place(2, None)
    assert place is not None
    assert isinstance(place.node, ast.FunctionDef)


def test_place_inside_a_function_knows_the_function() -> None:
    place = program().place(12, "g")
    assert place is not None
    assert place.function is not None
    assert place.function.name == "g"
    assert (place.line, place.end_line) == (11, 14)


def test_place_outside_of_all_statements_is_none() -> None:
    assert program("\n\nx = 1\n").place(1, None) is None


def test_replace_keeps_all_lines() -> None:
    copy = program()
    place = copy.place(12, "g")
    assert place is not None
    assert copy.replace(place, "self.y = [3]")
    lines = copy.text.split("\n")
    assert lines[10] == "        self.y = [3]"
    assert lines[11:14] == ["", "", ""]
    assert len(lines) == len(TEXT.split("\n"))
    assert lines[14:] == TEXT.split("\n")[14:]


def test_replace_refuses_more_lines_than_there_are_and_what_does_not_parse() -> None:
    copy = program()
    place = copy.place(16, None)
    assert place is not None
    assert not copy.replace(place, "print(1)\nprint(2)")
    assert not copy.replace(place, "print(")
    assert copy.text == TEXT


def test_replace_of_one_of_two_statements_on_a_line() -> None:
    copy = program("a = 1; b = 2\n")
    place = copy.place(1, None)
    assert place is not None
    assert copy.replace(place, "a = 5")
    assert copy.text == "a = 5; b = 2\n"


def test_excised_local_name_stays_local_and_unbound() -> None:
    copy = program("def f():\n    x = 1 / 0\n    return x\n")
    place = copy.place(2, "f")
    assert place is not None
    assert copy.excise(place)
    function = ast.parse(copy.text).body[0]
    assert isinstance(function, ast.FunctionDef)
    code = copy.compile_unit(0).co_consts[0]
    assert "x" in code.co_varnames


def test_bound_names_stop_at_inner_scopes() -> None:
    node = ast.parse(
        "for i, (j, k) in z:\n    def f(): q = 1\n    import a.b as c, d.e\n    m.n = [w for w in z]"
    ).body[0]
    assert bound_names(node) == {"i", "j", "k", "f", "c", "d"}
    assert bound_attributes(node) == {"n"}


def test_future_imports_hold_for_every_statement() -> None:
    copy = program("from __future__ import annotations\ndef f(x: Undefined) -> None: ...\n")
    assert copy.compile_unit(1).co_flags & 0x1000000  # CO_FUTURE_ANNOTATIONS


def test_loops_are_controlled_but_generators_are_not() -> None:
    copy = program("while x:\n    y()\ndef g():\n    while True:\n        yield 1\n")
    assert "__errata_spent__" in copy.compile_unit(0).co_names
    generator = copy.compile_unit(1).co_consts[0]
    assert "__errata_spent__" not in generator.co_names


@pytest.mark.parametrize("text", ["x = 'ä'; y = 'ö'\n", "\tx = 1\n".lstrip() + "if x:\n\ty = 'é'; z = 2\n"])
def test_columns_are_counted_in_bytes(text: str) -> None:
    copy = program(text)
    for index in range(len(copy)):
        copy.compile_unit(index)
        assert ast.dump(ast.parse(copy.source(copy.unit(index)))) == ast.dump(
            ast.Module(body=[copy.unit(index)], type_ignores=[])
        )


@given(st.integers(1, 16), st.sampled_from([None, "f", "g"]))
def test_excising_anything_keeps_the_number_of_lines_and_parses(line: int, function: str | None) -> None:
    copy = program()
    place = copy.place(line, function)
    if place is None or not copy.excise(place):
        return
    assert len(copy.text.split("\n")) == len(TEXT.split("\n"))
    for index in range(len(copy)):
        copy.compile_unit(index)
