"""Where a report goes, and what cannot be written."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli import main
from harness.model import Severity
from tests.cli.conftest import Capture, Pipeline, finding, one_line


@pytest.mark.usefixtures("here")
def test_json_is_alone_on_standard_output(pipeline: Pipeline, capsys: Capture) -> None:
    pipeline.findings = (finding(Severity.ERROR),)
    assert main(["review", "one.md", "two.md", "--format", "json"]) == 1
    written = capsys.readouterr()
    assert [review["article"] for review in json.loads(written.out)["reviews"]] == ["one.md", "two.md"]
    assert written.err == ""


@pytest.mark.usefixtures("here")
def test_a_report_goes_to_a_file_instead(pipeline: Pipeline, capsys: Capture) -> None:
    assert main(["review", "one.md", "--format", "json", "--output", "out.json"]) == 0
    assert capsys.readouterr() == ("", "")
    assert json.loads(Path("out.json").read_text())["schema"] == 1


@pytest.mark.parametrize("output", ["absent/out.txt", "."])
@pytest.mark.usefixtures("here")
def test_a_bad_output_is_known_before_anything_runs(pipeline: Pipeline, capsys: Capture, output: str) -> None:
    assert main(["review", "one.md", "--output", output]) == 2
    assert "the report cannot be written" in one_line(capsys.readouterr().err)
    assert pipeline.asked == []


@pytest.mark.usefixtures("here")
def test_what_the_locale_cannot_write_is_escaped(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.findings = (replace(finding(Severity.NOTE), message="größer"),)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main(["review", "one.md"]) == 0
    assert rb"gr\xf6\xdfer" in written.getvalue()


def run(*arguments: str, stdout: int | io.BufferedWriter, close: bool = False) -> tuple[int, str]:
    """The real command; where ``close`` is true it starts with no standard output at all."""
    command = [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())", *arguments]
    if close:
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert run("explain", stdout=writing) == (0, "")
    finally:
        os.close(writing)


def test_a_full_disk_gets_one_line() -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        status, message = run("explain", stdout=full)
    assert status == 2
    assert one_line(message) == "standard output cannot be written (No space left on device)"


def test_a_closed_standard_output_gets_one_line() -> None:
    status, message = run("explain", stdout=subprocess.DEVNULL, close=True)
    assert status == 2
    assert one_line(message) == "standard output is closed"
