"""The main job, end to end: the five articles and the correct ones, through the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.cli import main

ROOT = Path(__file__).parents[2]

# What a reviewer would mark whatever else is found: (article line, rule).
MARKED = {
    "dense_gan": {
        (62, "removed-attribute"),
        (62, "discriminator-disconnected"),
        (65, "probability-loss-on-tanh"),
        (68, "fit-without-targets"),
        (68, "never-sees-real-data"),
    },
    "deconv_gan": {
        (31, "fake-range-differs-from-real"),
        (51, "generator-shape-differs-from-real"),
        (52, "missing-import"),
        (79, "logits-into-probability-loss"),
        (84, "missing-import"),
        (87, "predict-in-loop"),
        (90, "whole-dataset-as-batch"),
        (96, "generator-trained-alone"),
        (99, "unsubscriptable-loss"),
    },
    "upsampling_gan": {
        (22, "removed-module"),
        (23, "removed-module"),
        (24, "removed-module"),
        (27, "unused-data"),
        (37, "generator-shape-differs-from-real"),
        (58, "no-training"),
    },
    "cnn_gan": {
        (25, "removed-module"),
        (29, "missing-import"),
        (60, "undefined-name"),
        (61, "missing-import"),
        (65, "gan-without-its-players"),
        (65, "missing-import"),
        (74, "optimizer-reset-in-loop"),
        (75, "missing-import"),
        (77, "never-sees-real-data"),
        (77, "one-class-discriminator"),
        (82, "generator-input-not-noise"),
    },
    "leaky_gan": {
        (24, "removed-module"),
        (35, "generator-shape-differs-from-real"),
        (53, "placeholder-in-code"),
        (59, "data-shape-differs-from-model"),
        (68, "missing-import"),
        (68, "sigmoid-before-logits-loss"),
        (74, "removed-argument"),
        (75, "removed-argument"),
        (79, "generator-never-updated"),
        (82, "predict-in-loop"),
        (100, "evaluation-says-nothing"),
    },
}

Document = dict[str, Any]
Reviews = Mapping[str, Document]


def reviewed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Document]:
    status = main(["review", *arguments, "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    output = tmp_path_factory.mktemp("review") / "review.json"
    arguments = ["--no-cache", "--format", "json", "--output", str(output)]
    status = main(["review", str(ROOT / "articles"), *arguments])
    assert status == 1
    found: Document = json.loads(output.read_text())
    return found


@pytest.fixture(scope="module")
def reviews(document: Document) -> Reviews:
    return {Path(review["article"]).parent.name: review for review in document["reviews"]}


def places(review: Document) -> set[tuple[int, str]]:
    return {(finding["line"], finding["rule"]) for finding in review["findings"]}


@pytest.mark.slow
def test_the_document_keeps_to_its_schema(document: Document) -> None:
    schema = json.loads(files("harness.report").joinpath("review.schema.json").read_text())
    jsonschema.validate(document, schema)


@pytest.mark.slow
@pytest.mark.parametrize("slug", MARKED)
def test_every_fault_that_a_reviewer_would_mark_is_found(reviews: Reviews, slug: str) -> None:
    assert MARKED[slug] - places(reviews[slug]) == set()
    assert reviews[slug]["verdict"] == "faulty"
    assert reviews[slug]["confinement"]["backend"] == "bubblewrap"


@pytest.mark.slow
@pytest.mark.parametrize("slug", MARKED)
def test_at_least_five_different_faults_in_each(reviews: Reviews, slug: str) -> None:
    findings = reviews[slug]["findings"]
    faults = [finding for finding in findings if finding["severity"] != "note"]
    assert len({(finding["line"], finding["rule"]) for finding in faults}) >= 5
    assert len({finding["rule"] for finding in findings}) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("slug", MARKED)
def test_nothing_is_left_to_the_fallback_and_no_consequence_is_a_finding_of_it(
    reviews: Reviews, slug: str
) -> None:
    findings = reviews[slug]["findings"]
    assert [finding for finding in findings if finding["rule"] == "uncaught-exception"] == []


@pytest.mark.slow
def test_the_same_review_twice_gives_the_same_json_but_for_times(
    reviews: Reviews, capsys: pytest.CaptureFixture[str]
) -> None:
    _, again = reviewed(capsys, str(ROOT / "articles" / "deconv_gan"), "--cold", "--no-cache")
    (second,) = again["reviews"]
    first = dict(reviews["deconv_gan"])
    # Begun in a fork of a warm process, and in a process of its own.
    assert "warm" in first.pop("confinement")["detail"]
    assert "warm" not in second.pop("confinement")["detail"]
    first.pop("seconds")
    second.pop("seconds")
    assert first == second


@pytest.mark.slow
def test_correct_articles_get_no_finding_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    status, document = reviewed(capsys, str(ROOT / "tests" / "clean"))
    assert [(review["article"], review["findings"]) for review in document["reviews"]] == [
        (review["article"], []) for review in document["reviews"]
    ]
    assert {review["verdict"] for review in document["reviews"]} == {"clean"}
    assert len(document["reviews"]) == 4
    assert status == 0
