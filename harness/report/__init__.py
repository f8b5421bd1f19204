"""Reviews as text, one file per format, registered by being there.

A format is a module of this package whose name does not begin with an underscore.  It has

* a docstring, the first line of which says for whom the format is;
* ``render(reviews, tool, page) -> str``: the whole document, ending in a newline.

Every format gets hostile text: article lines and messages come from code that nobody vouches for.
What it writes must not be able to steer a terminal, a log or a reader's eye (``_clean`` helps).
The same reviews give the same document: findings are sorted by line, then by severity, then by rule.

What is offered beside formats is imported when it is first asked for: most reports need none of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from harness.model import Review
from harness.report._clean import clean
from harness.report._reviews import NEVER, failing

if TYPE_CHECKING:
    from harness.report._bench import BenchError, bench_json, bench_page, bench_text, read_bench
    from harness.report._destination import Destination, OutputError
    from harness.report._proofs import holds, proofs_json, proofs_text
    from harness.report._quote import quoted
    from harness.report._site import ArticleView, Curves, ErratumView, Row, Speed, Training, site

__all__ = [
    "NEVER",
    "ArticleView",
    "BenchError",
    "Curves",
    "Destination",
    "ErratumView",
    "FormatError",
    "OutputError",
    "Page",
    "Row",
    "Speed",
    "Tool",
    "Training",
    "bench_json",
    "bench_page",
    "bench_text",
    "clean",
    "failing",
    "formats",
    "holds",
    "proofs_json",
    "proofs_text",
    "quoted",
    "read_bench",
    "render",
    "site",
]

_MODULES = {
    "ArticleView": "_site",
    "BenchError": "_bench",
    "Curves": "_site",
    "Destination": "_destination",
    "ErratumView": "_site",
    "OutputError": "_destination",
    "Row": "_site",
    "Speed": "_site",
    "Training": "_site",
    "bench_json": "_bench",
    "bench_page": "_bench",
    "bench_text": "_bench",
    "holds": "_proofs",
    "proofs_json": "_proofs",
    "proofs_text": "_proofs",
    "quoted": "_quote",
    "read_bench": "_bench",
    "site": "_site",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


class FormatError(Exception):
    """A format that does not exist, or a file that does not keep to the form of one."""


def _unexplained(rule: str) -> str | None:
    return None


@dataclass(frozen=True)
class Tool:
    """Who wrote a report; ``explain`` gives a rule's page (Markdown), None where there is none."""

    version: str
    name: str = "errata"
    explain: Callable[[str], str | None] = _unexplained


@dataclass(frozen=True)
class Page:
    """How a report is read: its width in cells, whether colour may be used, how much is told, what fails."""

    width: int = 100  # to which words are wrapped
    cut: int | None = None  # the width at which an article's own lines are cut off; None: nowhere
    colour: bool = False
    trace: bool = False  # whether the update table is told as well
    fail_on: str = "warning"  # the least severity that fails, or "never"; for formats that know failures


class _Format(Protocol):
    def render(self, reviews: Sequence[Review], tool: Tool, page: Page) -> str: ...


def formats() -> list[str]:
    """The names of all formats, sorted; none of them is imported."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))


def render(name: str, reviews: Sequence[Review], tool: Tool, page: Page | None = None) -> str:
    """The reviews, in their order, as a document of the format ``name``.  Raises FormatError."""
    if name not in formats():
        raise FormatError(f"there is no report format {name!r}; expected one of: {', '.join(formats())}")
    module = importlib.import_module(f"{__name__}.{name}")
    if not callable(getattr(module, "render", None)):
        raise FormatError(f"harness/report/{name}.py: it defines no function render(reviews, tool, page)")
    return cast(_Format, module).render(reviews, tool, page or Page())
