"""Articles as tests: ``pytest --errata docs/``, or the ini option ``errata_articles``.

An article becomes one item for each Python block (do its statements run?), one for each group of rules
(what the text, the run and the probes show), and one for each fault that is declared as expected beside
it (``harness.errata.expected``).  An expected fault that does not occur is a failure; one that occurs
fails nothing else.  Every finding belongs to exactly one item.  An article is reviewed once in a session,
when its first item runs.  With xdist the processes that get items of an article wait for the first to
run it, and take the run from the cache; ``--dist loadfile`` keeps an article in one process.

Nothing of Errata is imported before an article is collected.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

if TYPE_CHECKING:
    from harness.errata import Expected
    from harness.model import Block, Finding
    from harness.pipeline.seen import Seen

_SUFFIXES = (".md", ".markdown", ".ipynb")
_GROUPS = ("source", "trace", "probe")  # what a rule needs
_LEVELS = ("error", "warning", "note")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("errata", "articles as tests (errata)")
    group.addoption(
        "--errata", action="store_true", help="collect Markdown articles and notebooks among the paths"
    )
    parser.addini("errata_articles", "articles to collect always: patterns from the root", type="args")
    parser.addini("errata_fail_on", "severity from which a finding fails its item", default="warning")
    parser.addini("errata_updates", "training updates that are watched in a loop", default="")
    parser.addini("errata_seconds", "wall time of a run in seconds", default="")
    parser.addini("errata_cache", "answer from runs made before (default: true)", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse settings that mean nothing, before anything is collected."""
    config.stash[_SEEN] = {}
    config.stash[_ARTICLES] = set()
    if config.getini("errata_fail_on") not in _LEVELS:
        found = config.getini("errata_fail_on")
        raise pytest.UsageError(f"errata_fail_on is {found!r}, expected one of {', '.join(_LEVELS)}")
    for name in ("errata_updates", "errata_seconds"):
        found = config.getini(name)
        if found and not (found.isascii() and found.isdigit() and int(found)):
            raise pytest.UsageError(f"{name} is {found!r}, expected a whole number from 1 on")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """An article where the file is one."""
    config = parent.config
    wanted = config.getoption("--errata") and file_path.suffix in _SUFFIXES
    if not wanted and not _named(file_path, config):
        return None
    return ArticleFile.from_parent(parent, path=file_path)


def _named(path: Path, config: pytest.Config) -> bool:
    patterns = config.getini("errata_articles")
    if not patterns or not path.is_relative_to(config.rootpath):
        return False
    name = path.relative_to(config.rootpath).as_posix()
    return any(fnmatch(name, pattern) for pattern in patterns)


class ArticleFault(Exception):
    """What an item found: the place and the words of the first fault, and all of it as text."""

    def __init__(self, line: int, headline: str, text: str) -> None:
        super().__init__(headline)
        self.line, self.headline, self.text = line, headline, text


_SEEN = pytest.StashKey[dict[Path, "Seen"]]()
_ARTICLES = pytest.StashKey[set[Path]]()


class ArticleFile(pytest.File):
    """An article; collecting it reads its text and runs nothing."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its items; none where it prints no Python."""
        from harness.errata import ErrataError, expected_faults
        from harness.listing import ArticleError, read_article, read_listing
        from harness.model import BlockKind

        try:
            self.article = read_article(self.path)
            self.listing = read_listing(self.article)
            self.expected = expected_faults(self.path)
        except (ArticleError, ErrataError) as error:
            raise self.CollectError(str(error)) from None
        self.blocks = [
            block for block in self.listing.blocks if block.kind in (BlockKind.PYTHON, BlockKind.REPL)
        ]
        if not self.blocks:
            return
        self.config.stash[_ARTICLES].add(self.path)
        for block in self.blocks:
            yield BlockItem.from_parent(self, name=f"block-{block.index}", line=block.line, block=block)
        for group in _GROUPS:
            yield GroupItem.from_parent(self, name=f"rules-{group}", line=1, group=group)
        for number, wanted in enumerate(self.expected, 1):
            name = f"expected-{number}-{wanted.name}"
            line = wanted.lines[0] if wanted.lines else 1
            yield ExpectedItem.from_parent(self, name=name, line=line, wanted=wanted)

    def seen(self) -> Seen:
        """The article's review, made when it is first asked for."""
        known = self.config.stash[_SEEN]
        if self.path not in known:
            known[self.path] = self._review()
        return known[self.path]

    def _review(self) -> Seen:
        from harness.pipeline import review_with_trace
        from harness.pipeline.seen import Seen

        with _alone(self.path):
            review, trace = review_with_trace(self.article, _options(self.config))
        return Seen(review, trace, self.listing, self.expected)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Of all processes of a session one at a time reviews an article: the others then find its run."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _options(config: pytest.Config) -> Any:
    from dataclasses import replace

    from harness.pipeline import Options, with_seconds

    # Several runs begin faster in forks of a process that has the frameworks.
    options = Options(cache=config.getini("errata_cache"), reviews=len(config.stash[_ARTICLES]))
    if updates := config.getini("errata_updates"):
        options = replace(options, budget=replace(options.budget, updates=int(updates)))
    seconds = config.getini("errata_seconds")
    return with_seconds(options, float(seconds)) if seconds else options


class ArticleItem(pytest.Item):
    """Something about an article that holds or not."""

    parent: ArticleFile

    def __init__(self, *, line: int, **rest: Any) -> None:
        super().__init__(**rest)
        self._line = line

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is: pytest counts lines from 0."""
        return self.path, self._line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Article lines in place of a traceback through this plugin."""
        from harness.sandbox import SandboxFailed, SandboxUnavailable

        error = excinfo.value
        if isinstance(error, SandboxUnavailable | SandboxFailed):
            error = ArticleFault(self._line, "the article could not be run", str(error))
        if not isinstance(error, ArticleFault):
            return super().repr_failure(excinfo, style)
        place = ReprFileLocation(str(self.path), error.line, error.headline)
        text = [line + "\n" for line in error.text.split("\n")]
        return ReprExceptionInfo(ReprTraceback([ReprEntryNative(text)], None, "native"), place)

    def judge(self, seen: Seen, findings: Sequence[Finding]) -> None:
        """Fail with what nobody expected at or above the severity that fails; tell the rest."""
        levels = _LEVELS[: _LEVELS.index(self.config.getini("errata_fail_on")) + 1]
        unexpected = seen.unexpected(findings)
        failing = [one for one in unexpected if one.severity in levels]
        if told := [one for one in unexpected if one.severity not in levels]:
            self.add_report_section("call", "errata", self._text(seen, told))
        if failing:
            first = failing[0]
            raise ArticleFault(
                first.line, f"{first.rule}: {_one_line(first.message)}", self._text(seen, failing)
            )

    def _text(self, seen: Seen, findings: Sequence[Finding]) -> str:
        from harness.report import quoted

        place = self.path
        if place.is_relative_to(self.config.invocation_params.dir):
            place = place.relative_to(self.config.invocation_params.dir)
        return "\n\n".join(quoted(seen.review.article.text, one, str(place)) for one in findings)


class BlockItem(ArticleItem):
    """Every statement of a Python block runs."""

    def __init__(self, *, block: Block, **rest: Any) -> None:
        super().__init__(**rest)
        self.block = block

    def runtest(self) -> None:
        """Fail with the faults in the block."""
        seen = self.parent.seen()
        stopped = seen.stopped_by(self.block)
        self.judge(seen, stopped)
        if not stopped and seen.statuses(self.block) == {"lost"}:
            pytest.skip("its statements only follow from an earlier fault")


class GroupItem(ArticleItem):
    """No rule of a group has a finding that is not a block's own."""

    def __init__(self, *, group: str, **rest: Any) -> None:
        from harness import rules

        super().__init__(**rest)
        self.group = group
        self.rules = {rule.name for rule in rules.load() if rule.needs == group}
        self.extra_keyword_matches.update(self.rules)

    def runtest(self) -> None:
        """Fail with the group's findings, and where the run came to no verdict."""
        from harness.model import Verdict

        seen = self.parent.seen()
        taken = {id(one) for block in self.parent.blocks for one in seen.stopped_by(block)}
        self.judge(
            seen, [one for one in seen.review.findings if one.rule in self.rules and id(one) not in taken]
        )
        if self.group == "trace" and seen.review.verdict in (Verdict.INCOMPLETE, Verdict.HARNESS_ERROR):
            reason = _one_line(seen.review.reason or "no reason was given")
            raise ArticleFault(
                self._line,
                f"{seen.review.verdict}: {reason}",
                f"the review is {seen.review.verdict}: {reason}",
            )


class ExpectedItem(ArticleItem):
    """A fault that was declared occurs."""

    def __init__(self, *, wanted: Expected, **rest: Any) -> None:
        super().__init__(**rest)
        self.wanted = wanted

    def runtest(self) -> None:
        """Fail where the fault does not occur."""
        seen = self.parent.seen()
        if self.wanted.among(seen.review.findings):
            return
        lines = ", ".join(map(str, self.wanted.lines))
        where = f" at article line {lines}" if lines else ""
        told = f"{self.wanted.symptom.by} was expected{where} and did not occur"
        if not self.wanted.required:
            pytest.skip(f"{told}: it may hide behind an earlier erratum (errata prove shows it)")
        found = ", ".join(f"{one.rule} at line {one.line}" for one in seen.review.findings) or "nothing"
        text = f"{told}\nfound: {found}\ndeclared in {self.wanted.declared}: remove it if the fault is gone"
        raise ArticleFault(self._line, told, text)


def _one_line(text: str) -> str:
    from harness.report import clean

    return clean(text.strip().split("\n")[0])
