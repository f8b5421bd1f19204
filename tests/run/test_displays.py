"""Programs that only show their progress with packages that are absent run to their end."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.model import Fault, Noticed, StoodIn
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
