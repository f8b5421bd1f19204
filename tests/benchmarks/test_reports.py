"""The document as JSON, text and a page, and read by others."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from harness.pipeline.results import speeds
from harness.report import BenchError, bench_json, bench_page, bench_text, read_bench
from tests.benchmarks.samples import document, program, variant
from tests.site.browser import Browser, browser, missing

BROKEN = program("three", corrected="ValueError: no memory")
WHOLE = document(
    program(batch=1, step=0.002),
    program(),
    program(batch=512, step=0.01, article_way="TimeoutError: it took longer"),
    program("two", way=None, step=0.003),
    BROKEN,
)
SLY = '<script>alert("x")</script>\x1b[31m'


def test_a_document_is_what_its_schema_says() -> None:
    assert read_bench(bench_json(WHOLE), "here") == json.loads(json.dumps(WHOLE))
    assert read_bench(bench_json(document(complete=False)), "here")["programs"] == []


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("schema", 2, "$.schema: 1 was expected"),
        ("programs", [{"slug": "x"}], "$.programs[0]: 'backend' is a required property"),
        ("machine", [], "$.machine: [] is not of type 'object'"),
    ],
)
def test_another_form_is_refused(key: str, value: Any, message: str) -> None:
    with pytest.raises(BenchError) as refused:
        read_bench(json.dumps({**WHOLE, key: value}), "old.json")
    assert str(refused.value) == f"old.json: {message}; expected what errata bench --format json writes"


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(BenchError, match=r"old\.json: it is not JSON"):
        read_bench("{", "old.json")


def test_the_keys_that_others_rely_on() -> None:
    (row,) = document(program())["programs"]
    assert {
        "slug",
        "backend",
        "device",
        "batch",
        "images_per_second",
        "article_way",
        "reference",
        "ratio_to_reference",
        "ratio_to_article_way",
        "compile_seconds",
        "utilisation",
    } <= row.keys()
    assert row["images_per_second"].keys() == {"median", "iqr"}
    assert row["ratio_to_article_way"] == pytest.approx(3.0)
    assert row["utilisation"] == pytest.approx(0.25)  # 1e8 operations at 1e11 a second, in 4 ms


def test_text() -> None:
    lines = bench_text(WHOLE).splitlines()
    assert lines[0] == "one on tensorflow, cpu"
    assert re.split(r"  +", lines[3].strip()) == [
        *("100 *", "25,000", "312", "4,000", "2.00", "2.00"),
        *("512", "0.95", "3.00", "25%"),
    ]
    assert "  article's way: predict, then train_on_batch" in lines
    assert "  batch 512: the article's way was not measured: TimeoutError: it took longer" in lines
    assert "  the article has no way of training to compare with" in lines
    assert "  100 *  not measured: ValueError: no memory" in lines
    assert "GPU                         none: nothing here was measured on a GPU" in lines
    assert "interrupted" not in bench_text(WHOLE)
    assert "This run was interrupted" in bench_text(document(complete=False))


def test_nothing_that_a_program_says_steers_a_terminal_or_a_page() -> None:
    sly = document(program(reference=SLY), program("two", corrected=SLY))
    sly["limits"].append({"backend": "jax", "device": "cpu", "error": SLY})
    assert "\x1b" not in bench_text(sly)
    page = bench_page(sly)
    assert "alert(" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page


class _Balanced(HTMLParser):
    """Fails where an element is closed that is not the open one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br", "hr", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_beside_it() -> None:
    page = bench_page(WHOLE)
    parser = _Balanced()
    parser.feed(page)
    assert parser.open == []
    assert not re.findall(r'(?:src|href)="', page)
    # Roofline, lines and bars of the program with three sizes, bars of the other.
    assert parser.seen.count("figure") == 4
    assert parser.seen.count("svg") > 4
    assert "Nothing on this page was measured on a GPU" in page
    assert "not measured: ValueError: no memory" in page


def test_numbers_below_an_axis_do_not_run_into_each_other() -> None:
    page = bench_page(document(*(program(batch=batch) for batch in (1, 100, 128, 8192))))
    axis = re.findall(r'<text[^>]* y="234"[^>]*>([^<]+)</text>', page)
    assert axis == ["1", "100", "8192"]


def test_a_page_of_nothing_measured() -> None:
    assert "<figure" not in bench_page(document(BROKEN))
    assert "This run was interrupted" in bench_page(document(complete=False))


def test_the_time_of_a_step_is_split_without_loss() -> None:
    from harness.report._bench.view import split

    parts = split(program(step=0.004, reference=variant(100, 0.003)))
    assert parts is not None
    assert parts["device"] == pytest.approx(3000)
    assert parts["host"] == pytest.approx(1000)
    assert parts["compiling"] == pytest.approx(1.996e6 / 600, rel=0.01)
    faster = split(program(step=0.004, reference=variant(100, 0.005)))
    assert faster is not None
    assert faster["device"] == pytest.approx(4000)
    assert faster["host"] == 0.0
    assert split(BROKEN) is None


def test_pytest_benchmark_compares_two_documents(tmp_path: Path) -> None:
    for name, step in (("0001_old", 0.004), ("0002_new", 0.005)):
        (tmp_path / f"{name}.json").write_text(bench_json(document(program(step=step))))
    command = shutil.which("pytest-benchmark", path=str(Path(sys.executable).parent))
    assert command
    done = subprocess.run(
        [command, "compare", *map(str, sorted(tmp_path.glob("*.json"))), "--columns=median,rounds"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"one\[tensorflow-cpu-100-corrected\] \(\S*old\) +4\.0000", done.stdout)
    assert re.search(r"one\[tensorflow-cpu-100-corrected\] \(\S*new\) +5\.0000", done.stdout)


def test_a_benchmark_s_numbers_are_those_of_its_rounds() -> None:
    corrected, way, reference = document(program())["benchmarks"]
    assert corrected["fullname"] == "errata bench::one[tensorflow-cpu-100-corrected]"
    assert corrected["stats"]["median"] == pytest.approx(0.004)
    assert corrected["stats"]["ops"] == pytest.approx(250, rel=0.01)
    assert corrected["stats"]["rounds"] == len(corrected["stats"]["data"]) == 7
    assert way["stats"]["median"] == pytest.approx(0.012)
    assert reference["extra_info"]["images_per_second"] == pytest.approx(100 / 0.0038)


def test_the_site_reads_it(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(bench_json(WHOLE))
    assert [one.batch for one in speeds([tmp_path], "one")] == [1, 100, 512]
    (broken,) = speeds([tmp_path], "three")
    assert broken.error == "ValueError: no memory"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if why := missing():
        pytest.skip(why)
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.slow
def test_the_page_in_a_browser(window: Browser, tmp_path: Path) -> None:
    (tmp_path / "bench.html").write_text(bench_page(WHOLE), encoding="utf-8")
    for width, theme in ((1280, "light"), (1280, "dark"), (390, "light")):
        window.resize(width, 900)
        window.prefer(theme)
        window.open(tmp_path / "bench.html")
        assert window.complaints() == []
        assert window.run("return document.documentElement.scrollWidth <= window.innerWidth")
