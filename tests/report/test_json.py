from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pytest

from harness.model import FedRow, Finding, MovedRow, Review, Severity, StepRow, UpdateRow, Verdict
from harness.report import Page, render
from harness.report.json import plain
from tests.report.samples import ALL, FAULTY, HOSTILE, REMOVED, TOOL, review

SCHEMA = json.loads(resources.files("harness.report").joinpath("review.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def document(*reviews: Review) -> Any:
    """What a strict reader gets."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(render("json", reviews, TOOL), parse_constant=refuse)


def test_every_kind_of_review(golden: Callable[[str, str], None]) -> None:
    golden("all.json", render("json", ALL, TOOL))


def test_hostile_text(golden: Callable[[str, str], None]) -> None:
    golden("hostile.json", render("json", (HOSTILE,), TOOL))


def test_hostile_text_is_ascii_and_survives() -> None:
    written = render("json", (HOSTILE,), TOOL)
    assert written.isascii()
    assert all(line.isprintable() for line in written.split("\n"))
    fix = HOSTILE.findings[0].fix
    assert fix is not None
    found = document(HOSTILE)["reviews"][0]["findings"][0]
    # A lone surrogate is no character, and many readers refuse it.
    assert found["fix"]["for"] == fix.before.replace("\ud800", "?")


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("reviews", [(), ALL, (HOSTILE,)])
def test_documents_keep_to_the_schema(reviews: tuple[Review, ...]) -> None:
    VALIDATOR.validate(document(*reviews))


def every_object(node: Any) -> list[dict[str, Any]]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    here = [node] if isinstance(node, dict) and node.get("type") == "object" else []
    return here + [found for value in inner for found in every_object(value)]


def test_only_evidence_is_open() -> None:
    open_objects = [node for node in every_object(SCHEMA) if node.get("additionalProperties") is not False]
    assert open_objects == [SCHEMA["$defs"]["finding"]["properties"]["evidence"]]
    closed = [node for node in every_object(SCHEMA) if "properties" in node]
    left_out = {name for node in closed for name in set(node["properties"]) - set(node["required"])}
    # There only where a second Keras was asked, and where the update table was.
    assert left_out == {"attribution", "updates"}


def test_the_update_table_is_there_when_it_is_asked_for() -> None:
    fed = FedRow("D", (-1, 784), "float32", -1.0, 1.0, None, "from G", "down")
    step = StepRow(("G",), ("G", "D"), (fed,), exact=True)
    row = UpdateRow(
        line=3,
        call="fit",
        model="gan",
        calls=1,
        updates=30,
        planned=400,
        moved=(MovedRow("G", 0.01, 0.0), MovedRow("D", 0.0, 0.2)),
        through=("G", "D"),
        fed=(fed,),
        targets=(),
        steps=(step,),
        losses=(0.7, float("nan")),
    )
    traced = replace(FAULTY, table=(row,))
    assert "updates" not in document(traced)["reviews"][0]
    made = json.loads(render("json", (traced,), TOOL, Page(trace=True)))
    VALIDATOR.validate(made)
    (written,) = made["reviews"][0]["updates"]
    assert written["steps"][0]["fed"][0]["pushed"] == "down"
    assert written["losses"] == [0.7, "NaN"]


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("review", "verdict", "fine"),
        ("review", "extra", 1),
        ("review", "sha256", "abc"),
        ("finding", "severity", "fatal"),
        ("finding", "line", 0),
        ("finding", "rule", "Removed Module"),
        ("finding", "fix", {"before": "a", "after": "b"}),
    ],
)
def test_the_schema_refuses(place: str, key: str, value: object) -> None:
    made = document(FAULTY)
    target = made["reviews"][0] if place == "review" else made["reviews"][0]["findings"][0]
    target[key] = value
    assert not VALIDATOR.is_valid(made)


def test_the_enums_are_those_of_the_model() -> None:
    definitions = SCHEMA["$defs"]
    assert definitions["review"]["properties"]["verdict"]["enum"] == [verdict.value for verdict in Verdict]
    assert definitions["finding"]["properties"]["severity"]["enum"] == [level.value for level in Severity]


def test_findings_are_sorted_by_line_then_rule() -> None:
    places = [(found["line"], found["rule"]) for found in document(FAULTY)["reviews"][0]["findings"]]
    assert places == sorted(places)
    assert render("json", (replace(FAULTY, findings=FAULTY.findings[::-1]),), TOOL) == render(
        "json", (FAULTY,), TOOL
    )


def test_two_reviews_of_one_article_differ_in_times_only() -> None:
    again = replace(FAULTY, seconds=9.0, peak_memory=1)
    kept = replace(FAULTY, seconds=0.01, cached=4.25)
    documents = [document(FAULTY), document(again), document(kept)]
    assert documents[0] != documents[1]
    for made in documents:
        del made["reviews"][0]["seconds"], made["reviews"][0]["cached"]
    assert documents[0] == documents[1] == documents[2]


def test_an_answer_from_the_cache_says_so_and_what_the_run_took() -> None:
    made = document(replace(FAULTY, seconds=0.0041, cached=11.61234), FAULTY)
    VALIDATOR.validate(made)
    assert [(one["seconds"], one["cached"]) for one in made["reviews"]] == [(0.004, 11.612), (4.25, None)]


def test_the_environment_is_that_of_the_runs() -> None:
    textual = replace(review(), environment={})
    assert document(textual)["environment"] == dict.fromkeys(["python", "keras", "backend", "device"])
    assert document(textual, FAULTY)["environment"]["keras"] == "3.15.1"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (True, True),
        ((1, (2,)), [1, [2]]),
        ({3, 1}, [1, 3]),
        ({1: Severity.NOTE}, {"1": "note"}),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), "-0x8000000000000000"),
        pytest.param(10**5_000, hex(10**5_000), id="more digits than Python writes"),
    ],
)
def test_evidence_as_json(value: object, expected: object) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_deep_evidence_ends() -> None:
    nest: list[Any] = []
    nest.append(nest)
    assert json.dumps(plain(nest)) == "[" * 21 + '"..."' + "]" * 21


@pytest.mark.parametrize("value", [object(), b"bytes", {"a": [print]}])
def test_what_is_no_data_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"evidence holds a .*; expected numbers, text, lists and mappings"):
        plain(value)


def test_a_finding_without_extras() -> None:
    bare = Finding("early-exit", Severity.ERROR, 3, 3, None, "It ends here.")
    assert document(review(bare))["reviews"][0]["findings"] == [
        {
            "rule": "early-exit",
            "severity": "error",
            "line": 3,
            "end_line": 3,
            "block": None,
            "message": "It ends here.",
            "evidence": {},
            "fix": None,
            "consequences": [],
        }
    ]


def test_a_fix_is_for_and_read() -> None:
    found = document(review(REMOVED))["reviews"][0]["findings"][0]
    assert found["fix"] == {
        "for": "from keras.layers.core import Dense",
        "read": "from keras.layers import Dense",
    }
    assert found["consequences"] == [8, 10]
