"""Programs that only show their progress with packages that are absent run to their end."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.knowledge.colab import NOBODY_CHOSE
from harness.model import Fault, Noticed, StoodIn, Verdict
from harness.pipeline import review_text
from harness.run.displays import Bar, Displays, bars
from tests.run.conftest import RunText


def test_a_bar_hands_on_what_it_is_given() -> None:
    bar = Bar([3, 4, 5], desc="rows")
    assert (len(bar), list(bar), bar.n) == (3, [3, 4, 5], 3)
    bar.set_description("more")
    assert list(bars(1, 7, 2, leave=False)) == [1, 3, 5]
    with Bar(total=4) as counted:
        counted.update(3)
    assert (len(counted), counted.n) == (4, 3)


def test_what_is_installed_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.syspath_prepend(str(tmp_path))
    finder = Displays(__file__, told.append)
    for package in ("tqdm", "IPython"):
        (tmp_path / f"{package}.py").touch()
        assert finder.find_spec(package, None) is None
    assert finder.find_spec("numpy", None) is None
    assert not told


def test_a_library_that_asks_for_a_notebook_finds_none() -> None:
    told: list[str] = []
    assert Displays("article.py", told.append).find_spec("tqdm", None) is None
    assert Displays(__file__, told.append).find_spec("tqdm", None) is not None
    assert told == ["tqdm"]


COLAB = """from google.colab import drive, files
drive.mount('/content/drive')
import google.colab
google.colab.output.clear()
from google.colab.patches import cv2_imshow
try:
    import google.colab.userdata
    where = 'Colab'
except ImportError:
    where = 'elsewhere'
uploaded = files.upload()
name = list(uploaded)[0]
files.download('model.keras')
"""


@pytest.mark.slow
def test_a_notebook_of_colab_is_only_without_the_file_that_nobody_uploads(run_text: RunText) -> None:
    trace = run_text(COLAB + "assert where == 'elsewhere'\n")
    faults = [event for event in trace.events if isinstance(event, Fault) and event.follows is None]
    assert [(fault.line, fault.type, fault.message) for fault in faults] == [(11, "EOFError", NOBODY_CHOSE)]
    assert [event.package for event in trace.events if isinstance(event, StoodIn)] == ["google.colab"]


def test_what_a_review_says_of_colab() -> None:
    found = review_text(COLAB, kind="script")
    rules = [(finding.rule, finding.line) for finding in found.findings if finding.rule != "unused-import"]
    assert rules == [("needs-input", 11)]
    assert found.verdict is Verdict.INCOMPLETE


@pytest.mark.slow
def test_a_program_with_bars_and_displays_is_complete(run_text: RunText) -> None:
    text = (
        "from IPython import display\nfrom IPython.display import Image, clear_output\n"
        "from tqdm import tqdm, trange\nfrom tqdm.notebook import tqdm as bar\n"
        "total = sum(tqdm([1, 2])) + sum(trange(3)) + len(bar(range(4)))\n"
        "display.clear_output(wait=True)\ndisplay.display(Image('a.png'))\nassert total == 10\n"
    )
    trace = run_text(text)
    assert trace.completed
    assert [event for event in trace.events if isinstance(event, Fault | Noticed)] == []
    absent = [package for package in ("IPython", "tqdm") if find_spec(package) is None]
    assert [e.package for e in trace.events if isinstance(e, StoodIn)] == absent
