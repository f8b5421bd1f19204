from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.report import render
from tests.report.samples import ALL, FAULTY, HOSTILE, TOOL


def test_every_kind_of_review(golden: Callable[[str, str], None]) -> None:
    golden("all.github.txt", render("github", ALL, TOOL))


def test_hostile_text(golden: Callable[[str, str], None]) -> None:
    golden("hostile.github.txt", render("github", (HOSTILE,), TOOL))


def test_answers_from_the_cache_are_counted() -> None:
    kept = render("github", (FAULTY, replace(FAULTY, cached=4.0)), TOOL)
    assert kept.endswith("2 articles, 4 errors, 2 warnings, 2 notes, 1 of 2 reviews from the cache\n")
    assert "cache" not in render("github", (FAULTY,), TOOL)


def test_no_text_of_an_article_can_become_a_command() -> None:
    lines = render("github", (HOSTILE,), TOOL).splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["::notice", "errata"]
    properties = lines[0].split(" ", 1)[1].split("::", 1)[0]
    assert [item.split("=", 1)[0] for item in properties.split(",")] == ["file", "line", "endLine", "title"]
    assert all(line.isprintable() for line in lines)
