"""SARIF against the schema of OASIS, which lies beside this file (see NOTICE.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.model import Fix, Review
from harness.report import Tool, render
from tests.report.samples import (
    ALL,
    FAULTY,
    HOSTILE,
    HOSTILE_WORDS,
    MISSING,
    REMOVED,
    TEXTUAL,
    TOOL,
    article,
    review,
)

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
PAGE = "# removed-module (error)\n\nA module is\ngone.\n\n## What it finds\n\nImports [of](x).\n"
EXPLAINING = Tool("1.2.3", explain={"removed-module": PAGE}.get)


def document(*reviews: Review, tool: Tool = TOOL) -> Any:
    made = json.loads(render("sarif", reviews, tool))
    VALIDATOR.validate(made)
    return made


def run(*reviews: Review, tool: Tool = TOOL) -> Any:
    (only,) = document(*reviews, tool=tool)["runs"]
    return only


def applied(text: str, replacement: Any) -> str:
    """The text after a replacement, made as a reader of SARIF makes it."""
    lines, region = text.split("\n"), replacement["deletedRegion"]
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    first = starts[region["startLine"] - 1] + region["startColumn"] - 1
    last = starts[region["endLine"] - 1] + region["endColumn"] - 1
    return text[:first] + str(replacement["insertedContent"]["text"]) + text[last:]


def replacement_of(result: Any) -> Any:
    ((change,),) = (fix["artifactChanges"] for fix in result["fixes"])
    (only,) = change["replacements"]
    return only


def test_the_schema_is_the_official_one() -> None:
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    assert SCHEMA["id"].endswith("oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json")
    assert SCHEMA["definitions"]["run"]["additionalProperties"] is False


def test_every_kind_of_review(golden: Callable[[str, str], None]) -> None:
    golden("all.sarif", render("sarif", ALL, EXPLAINING))


def test_an_answer_from_the_cache_says_so_and_what_the_run_took() -> None:
    told = run(replace(FAULTY, seconds=0.0041, cached=11.61234), TEXTUAL)["properties"]["reviews"]
    assert [(one["seconds"], one["cached"]) for one in told] == [(0.004, 11.612), (0.01, None)]


def test_hostile_text(golden: Callable[[str, str], None]) -> None:
    golden("hostile.sarif", render("sarif", (HOSTILE,), TOOL))


@pytest.mark.parametrize("reviews", [(), ALL, (HOSTILE,)])
def test_documents_keep_to_the_schema(reviews: tuple[Review, ...]) -> None:
    assert document(*reviews)["version"] == "2.1.0"


def test_the_schema_would_refuse_a_wrong_document() -> None:
    made = document(FAULTY)
    made["runs"][0]["results"][0]["level"] = "fatal"
    assert not VALIDATOR.is_valid(made)


def test_results_point_at_rules_and_articles() -> None:
    made = run(*ALL)
    rules = made["tool"]["driver"]["rules"]
    for result in made["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert made["artifacts"][place["index"]]["location"]["uri"] == place["uri"]
    assert [result["level"] for result in made["results"][:3]] == ["note", "error", "error"]


def test_a_rule_brings_its_page() -> None:
    rule = run(FAULTY, tool=EXPLAINING)["tool"]["driver"]["rules"][1]
    assert rule == {
        "id": "removed-module",
        "shortDescription": {"text": "A module is gone."},
        "help": {"text": PAGE.replace("](", "\\]("), "markdown": PAGE},
        "defaultConfiguration": {"level": "error"},
    }


def test_a_fix_replaces_exactly_what_was_printed() -> None:
    removed, missing = (replacement_of(result) for result in run(review(REMOVED, MISSING))["results"])
    text = article().text
    assert applied(text, removed) == text.replace("keras.layers.core", "keras.layers")
    assert applied(text, missing) == text.replace("Adam(lr", "keras.optimizers.Adam(lr")


def test_a_fix_that_only_inserts_stands_in_front_of_the_line() -> None:
    added = replace(MISSING, fix=Fix("", "from keras.optimizers import Adam"))
    (result,) = run(review(added))["results"]
    lines = applied(article().text, replacement_of(result)).split("\n")
    assert lines[8] == "from keras.optimizers import Adam"
    assert lines[9].startswith("model.compile(")


def test_a_fix_of_several_lines() -> None:
    before = "\n".join(article().text.split("\n")[8:10])
    wide = replace(MISSING, end_line=10, fix=Fix(before, "pass"))
    (result,) = run(review(wide))["results"]
    assert applied(article().text, replacement_of(result)) == article().text.replace(before, "pass")


@pytest.mark.parametrize(
    "fix", [Fix("nowhere", "x"), Fix("o", "x"), Fix("Adam", HOSTILE_WORDS), Fix("Adam", "a\u202eb")]
)
def test_a_fix_that_cannot_be_applied_blindly_is_told_in_words(fix: Fix) -> None:
    (result,) = run(review(replace(MISSING, fix=fix)))["results"]
    assert "fixes" not in result
    assert f"\nFor: {fix.before}\nRead: " in result["message"]["text"]


def test_text_of_an_article_is_no_link() -> None:
    sly = replace(MISSING, message="see [here](javascript:alert(1))")
    (result,) = run(review(sly))["results"]
    assert result["message"]["text"] == "see [here\\](javascript:alert(1))"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("docs/a b.md", "docs/a%20b.md"),
        ("c:d.md", "c%3Ad.md"),
        ("/abs/é.md", "file:///abs/%C3%A9.md"),
        ("a#b?.md", "a%23b%3F.md"),
    ],
)
def test_paths_become_addresses(path: str, uri: str) -> None:
    made = run(review(of=article(path=path)))
    assert made["artifacts"][0]["location"]["uri"] == uri


def test_reviews_without_a_verdict_are_notifications() -> None:
    (invocation,) = run(*ALL)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [told["message"]["text"] for told in invocation["toolExecutionNotifications"]] == [
        "incomplete: the program ended before its last statement",
        "harness-error: the worker could not be started",
    ]
    assert run(FAULTY)["invocations"][0]["executionSuccessful"] is True
