"""``errata prove`` on a small article: what is proven, what is not and why; tampering is told at once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from harness.cli import main
from harness.model import ArticleProof, Ladder, MutantFate
from harness.pipeline import prove
from harness.pipeline.options import Options
from harness.pipeline.reviewing import with_seconds

ARTICLE = """\
# Means

The program prints the mean of three numbers.

```python
import math
data = np.array([1.0, 2.0, 3.0, 4.0], dtype=np.float)
print(data.mean())
```
"""


def entry(name: str, kind: str, lines: str, before: str, after: str, symptom: str, mutant: str = "") -> str:
    return f"""
[[erratum]]
id = "{name}"
title = "T"
kind = "{kind}"
severity = "error"
lines = "{lines}"
for = '''{before}'''
read = '''{after}'''
why = "W"
symptom = {{ {symptom} }}
works_before = "never"
source = {{ title = "S", url = "https://numpy.org/doc/" }}
{mutant}"""


def mutation(before: str, after: str) -> str:
    return f"[erratum.mutant]\nfor = '''{before}'''\nread = '''{after}'''\n"


IMPORT = entry(
    "numpy-missing",
    "crash",
    "6-7",
    "import math\n",
    "import numpy as np\nimport math\n",
    'rule = "missing-import"',
    mutation("import numpy as np\n", ""),
)
FLOAT = entry("float-gone", "api-drift", "7", "np.float", "float", 'rule = "removed-attribute"')
UNUSED = entry(
    "math-unused",
    "silent",
    "6",
    "import math\n",
    "",
    'rule = "unused-import", evidence = "math"',
    mutation("import numpy as np\n", "import numpy as np\nimport math\n"),
)
COUNT = entry("four-not-three", "prose", "3", "three", "four", 'figure = "four numbers in the list"')


class Desk:
    """A folder with one article under care."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "articles" / "means"
        self.folder.mkdir(parents=True)
        (self.folder / "article.md").write_text(ARTICLE)
        digest = hashlib.sha256(ARTICLE.encode()).hexdigest()
        (self.folder / "article.toml").write_text(f'sha256 = "{digest}"\n')

    def errata(self, *entries: str) -> None:
        (self.folder / "errata.toml").write_text("".join(entries))
        assert main(["apply", "means"]) == 0

    def proof(self, seconds: float = 30.0) -> ArticleProof:
        options = with_seconds(Options(warm=False), seconds)
        (found,) = prove([self.folder], self.root / "fixed", options)
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


def test_every_erratum_is_proven_both_ways(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.errata(IMPORT, FLOAT, UNUSED, COUNT)
    capsys.readouterr()
    assert main(["prove", "--cold", "--format", "json", "--jobs", "1", "means"]) == 0
    (article,) = json.loads(capsys.readouterr().out)["articles"]
    assert article["slug"] == "means"
    proven = {"ladder": "proven", "mutant": "killed"}
    assert article["errata"] == [
        {"id": "numpy-missing", "kind": "crash", **proven, "by": "missing-import"},
        {"id": "float-gone", "kind": "api-drift", **proven, "by": "removed-attribute"},
        {"id": "math-unused", "kind": "silent", **proven, "by": "unused-import"},
        {
            "id": "four-not-three",
            "kind": "prose",
            "ladder": "not-applicable",
            "mutant": "not-applicable",
            "by": "four numbers in the list",
        },
    ]


def test_a_symptom_that_no_longer_occurs_is_told(desk: Desk) -> None:
    desk.errata(IMPORT, FLOAT.replace("removed-attribute", "removed-argument"), UNUSED)
    proof = desk.proof().proofs[1]
    assert proof.ladder is Ladder.UNPROVEN
    assert proof.ladder_seen.startswith("removed-argument was not found; the review found ")
    assert "removed-attribute" in proof.ladder_seen
    assert proof.mutant is MutantFate.WRONG_CAUSE
    assert "removed-attribute" in proof.mutant_seen


def test_a_symptom_at_another_line_is_told(desk: Desk) -> None:
    desk.errata(IMPORT.replace('"6-7"', '"6"'), FLOAT, UNUSED)
    proof = desk.proof().proofs[0]
    assert proof.ladder is Ladder.UNPROVEN
    assert proof.ladder_seen == "missing-import was found at article line 7, expected at 6"


@pytest.mark.parametrize(
    ("bug", "fate", "seen"),
    [
        ("5.0", MutantFate.SURVIVED, "removed-attribute was not found; the review found nothing"),
        (
            "4.0][9:8] + [int('x')",
            MutantFate.WRONG_CAUSE,
            "removed-attribute was not found; the review found uncaught-exception",
        ),
        (
            "4.0, *iter(int, 1)",
            MutantFate.WRONG_CAUSE,
            "the run was not complete: ",
        ),
    ],
    ids=["harmless", "another-fault", "endless"],
)
def test_a_mutant_must_die_of_its_own_bug(desk: Desk, bug: str, fate: MutantFate, seen: str) -> None:
    mutated = FLOAT + mutation("4.0", bug)
    desk.errata(IMPORT, mutated, UNUSED)
    proof = desk.proof(seconds=6.0).proofs[1]
    assert (proof.ladder, proof.mutant) == (Ladder.PROVEN, fate)
    assert proof.mutant_seen.startswith(seen)


def test_what_is_left_in_the_fixed_article_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.errata(IMPORT, FLOAT)
    capsys.readouterr()
    assert main(["prove", "--cold", "--jobs", "1"]) == 1
    assert "the fixed article still has unused-import at line 7: `math`" in capsys.readouterr().out


def edit_article(desk: Desk) -> None:
    (desk.folder / "article.md").write_text(ARTICLE + "\n")


def edit_fixed_text(desk: Desk) -> None:
    path = desk.root / "fixed" / "means.md"
    path.write_text(path.read_text().replace("prints", "shows"))


def edit_fixed_program(desk: Desk) -> None:
    (desk.root / "fixed" / "means.py").write_text("print(2.5)\n")


def remove_fixed_program(desk: Desk) -> None:
    (desk.root / "fixed" / "means.py").unlink()


def in_another_order(desk: Desk) -> None:
    (desk.folder / "errata.toml").write_text(FLOAT.replace("np.float", "numpy as np") + IMPORT)


def matching_twice(desk: Desk) -> None:
    (desk.folder / "errata.toml").write_text(IMPORT + FLOAT.replace("np.float", "data") + UNUSED)


def matching_nowhere(desk: Desk) -> None:
    (desk.folder / "errata.toml").write_text(IMPORT + FLOAT.replace("np.float", "np.float64x") + UNUSED)


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (edit_article, "means/article.md: its SHA-256 is"),
        (edit_fixed_text, "fixed/means.md: it differs from article and errata at line 3."),
        (edit_fixed_program, "fixed/means.py: it differs from article and errata at line 1."),
        (remove_fixed_program, "fixed/means.py: there is no such file; run `errata apply means`."),
        (in_another_order, "erratum 2 'numpy-missing' brings it in, so the errata are out of order."),
        (
            matching_twice,
            "its 'for' text occurs twice in the article with errata 1 to 1 applied (lines 8, 9)",
        ),
        (matching_nowhere, "its 'for' text occurs nowhere in the article with errata 1 to 1 applied"),
    ],
)
def test_tampering_is_told_before_anything_is_run(
    desk: Desk, tamper: object, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.errata(IMPORT, FLOAT, UNUSED)
    assert callable(tamper)
    tamper(desk)
    capsys.readouterr()
    assert main(["prove", "--cold", "--jobs", "1"]) == 2
    told = capsys.readouterr()
    assert words in " ".join(told.err.split())
    assert told.out == ""
