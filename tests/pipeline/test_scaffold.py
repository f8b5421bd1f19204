"""``errata new``: a folder that is pinned, drafted from findings, and refused until a person is done."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from harness.cli import main

ARTICLE = """\
# **A broken thing**

```python
import math, no_such_package_here
x = np.zeros(3)
print(x + math.pi)
```
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "text.md").write_text(ARTICLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_article_is_pinned_and_drafted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "broken_thing", "text.md"]) == 0
    folder = here / "articles" / "broken_thing"
    assert (folder / "article.md").read_bytes() == (here / "text.md").read_bytes()
    pinned = tomllib.loads((folder / "article.toml").read_text())
    assert pinned["sha256"] == hashlib.sha256(ARTICLE.encode()).hexdigest()
    assert pinned["title"] == "A broken thing"
    drafts = tomllib.loads((folder / "errata.toml").read_text())["erratum"]
    by_rule = {draft["symptom"]["rule"]: draft for draft in drafts}
    assert by_rule["missing-import"]["lines"] == "5"
    assert by_rule["missing-import"]["for"] == "x = np.zeros(3)"
    assert by_rule["missing-import"]["read"] == "import numpy as np\nx = np.zeros(3)"
    assert "drafted errata" in capsys.readouterr().out


def test_drafts_are_refused_until_they_are_finished(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "broken_thing", "text.md"]) == 0
    assert main(["apply", "broken_thing"]) == 2
    assert "still a draft; replace its FIXME" in capsys.readouterr().err
    assert not (here / "fixed").exists()


@pytest.mark.parametrize(
    ("slug", "article", "words"),
    [
        ("Bad-Slug", "text.md", "is no slug"),
        ("taken", "text.md", "is there already"),
        ("good", "absent.md", "absent.md"),
        ("good", "script.py", "errata are kept for Markdown"),
    ],
)
def test_bad_input_makes_no_folder(
    here: Path, capsys: pytest.CaptureFixture[str], slug: str, article: str, words: str
) -> None:
    (here / "articles" / "taken").mkdir(parents=True)
    (here / "script.py").write_text("x = 1\n")
    assert main(["new", slug, article]) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in (here / "articles").iterdir()] == ["taken"]
