"""A symptom is found by rule or exception, by its words, and at its erratum's lines."""

from __future__ import annotations

from harness.errata import Edit, Erratum, Symptom, step, symptom_occurs
from harness.errata.catalogue import Source
from harness.model import Finding, Severity


def finding(rule: str, line: int, message: str = "m", **evidence: object) -> Finding:
    return Finding(rule, Severity.ERROR, line, line, 1, message, evidence)


def erratum(before: str, after: str, lines: tuple[int, ...], symptom: Symptom) -> Erratum:
    return Erratum(
        id="e",
        title="T",
        kind="crash",
        severity=Severity.ERROR,
        lines=lines,
        edit=Edit(before, after),
        why="W",
        symptom=symptom,
        works_before="never",
        source=Source("S", "https://example.org"),
    )


def test_a_rule_s_finding_is_the_symptom_where_its_words_fit() -> None:
    findings = [finding("missing-import", 3, "`np` is used here", name="np")]
    assert symptom_occurs(Symptom(rule="missing-import"), findings)
    assert symptom_occurs(Symptom(rule="missing-import", evidence="name: np"), findings)
    other = symptom_occurs(Symptom(rule="missing-import", evidence="`tf`"), findings)
    assert not other
    assert other.reason == "missing-import was not found; the review found missing-import"


def test_an_exception_is_found_in_what_a_finding_says() -> None:
    findings = [
        finding("uncaught-exception", 3, "This raises TypeError: 'float' object is not subscriptable")
    ]
    assert symptom_occurs(Symptom(exception="TypeError", message="not subscriptable"), findings)
    assert not symptom_occurs(Symptom(exception="ValueError"), findings)


def test_a_figure_is_measured_and_no_review_shows_it() -> None:
    shown = symptom_occurs(Symptom(figure="learns"), [finding("any", 1)])
    assert not shown
    assert (
        symptom_occurs(Symptom(figure="learns"), []).reason
        == "learns was not found; the review found nothing"
    )


def test_on_the_ladder_the_lines_are_those_of_the_article() -> None:
    symptom = Symptom(rule="r")
    errata = (erratum("a", "a\na2\na3", (1,), symptom), erratum("b", "B", (2,), symptom))
    reached = step("a\nb\nc", errata, 2)
    assert symptom_occurs(symptom, [finding("r", 4)], erratum=errata[1], at=reached)
    elsewhere = symptom_occurs(symptom, [finding("r", 5)], erratum=errata[1], at=reached)
    assert not elsewhere
    assert elsewhere.reason == "r was found at article line 3, expected at 2"
