"""A catalogue is read strictly: what is wrong is told by entry and field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.errata import ErrataError, load, parse
from harness.model import Severity

ENTRY = """
[[erratum]]
id = "a-b"
title = "T"
kind = "crash"
severity = "error"
lines = "2, 4-5"
for = '''x'''
read = ''''''
why = "W"
symptom = { rule = "removed-module", evidence = "core" }
works_before = "Keras 3.0"
source = { title = "S", url = "https://keras.io/" }
"""


def test_an_entry_is_read_whole() -> None:
    (erratum,) = parse(ENTRY)
    assert erratum.id == "a-b"
    assert erratum.severity is Severity.ERROR
    assert erratum.lines == (2, 4, 5)
    assert (erratum.edit.before, erratum.edit.after) == ("x", "")
    assert erratum.symptom.by == "removed-module"
    assert erratum.source.url == "https://keras.io/"
    assert erratum.mutation is None
    assert erratum.is_bug
    assert erratum.changes_code


def test_a_mutation_has_one_edit_or_several_and_may_show_otherwise() -> None:
    one = parse(ENTRY + "mutant = { for = 'y', read = 'z' }\n")[0].mutation
    assert one is not None
    assert [edit.before for edit in one.edits] == ["y"]
    assert one.symptom.rule == "removed-module"
    edits = "edits = [{ for = 'y', read = 'z' }, { for = 'p', read = 'q' }]"
    several = f"mutant = {{ {edits}, symptom = {{ rule = 'r' }} }}\n"
    two = parse(ENTRY + several)[0].mutation
    assert two is not None
    assert [edit.before for edit in two.edits] == ["y", "p"]
    assert two.symptom.rule == "r"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('title = "T"', "", "erratum 1 'a-b': missing field 'title'"),
        (
            'title = "T"',
            'title = "T"\nlined = "3"',
            "erratum 1 'a-b': unknown field 'lined'; the fields are id,",
        ),
        ('title = "T"', 'title = " "', "title is ' ', expected a text"),
        ('"crash"', '"bug"', "kind 'bug', expected one of crash, api-drift, silent, slow, prose, modernise"),
        ('"error"', '"fatal"', "severity 'fatal', expected one of error, warning, note"),
        ('"2, 4-5"', '"5-4"', "lines '5-4', expected article lines as '62' or '61-62, 68'"),
        ('"2, 4-5"', "[2]", "lines [2], expected article lines"),
        ('"a-b"', '"A b"', "id 'A b', expected small letters and digits joined by '-'"),
        ("read = ''''''", "read = 'x'", "'for' and 'read' are the same text"),
        (
            'rule = "removed-module", evidence = "core"',
            'message = "m"',
            "it needs an exception, a rule or a figure",
        ),
        ('evidence = "core"', 'evidence = "("', "evidence is no regular expression"),
        ('evidence = "core"', 'lines = "3"', "symptom: unknown field 'lines'"),
        ('"Keras 3.0"', '"3.0"', "works_before '3.0', expected 'never' or a version as 'Keras 3.0'"),
        ("https:", "http:", "url 'http://keras.io/', expected one that begins with https://"),
        ('title = "T"', "title = ", "it is not TOML"),
        ("[[erratum]]", "[[errata]]", "found 'errata'; expected [[erratum]] entries and nothing else"),
    ],
)
def test_what_is_wrong_is_told_by_entry_and_field(before: str, after: str, message: str) -> None:
    with pytest.raises(ErrataError, match=re.escape(message)):
        parse(ENTRY.replace(before, after, 1))


def test_an_id_stands_for_one_erratum() -> None:
    with pytest.raises(ErrataError, match="errata 1 and 2 have the same id 'a-b'"):
        parse(ENTRY + ENTRY)


def test_a_folder_without_a_catalogue_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ErrataError, match="there is no such file; `errata new` makes one"):
        load(tmp_path)
