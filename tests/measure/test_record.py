"""What is kept of training runs, and what is made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.measure import calibrate, record
from harness.measure.convergence import Floors, Milestone, Trained
from harness.measure.record import Calibration, RecordError, floors_of
from harness.measure.scores import Score

BEFORE = Score(1000, 280.0, 40.0, 1.0, 0.02, 0.01, 0.1, (0,) * 9 + (1000,), 0.0)
AFTER = Score(1000, 20.0, 3.0, 0.3, 0.8, 0.6, 0.7, (110, 90) + (100,) * 8, 0.02)


def run(seed: int = 0, **after: float) -> Trained:
    return Trained(seed, BEFORE, replace(AFTER, **after), 60.0, 50.0)  # type: ignore[arg-type]


def calibration(*runs: Trained, sha256: str = "a", keras: str = "3.15.1") -> Calibration:
    return Calibration("small_gan", sha256, keras, "tensorflow", runs or (run(),))


def test_floors_are_half_and_twice_the_worst_run() -> None:
    found = floors_of([run(0, coverage=0.6, frechet=20.0), run(1, coverage=0.5, frechet=24.0)])
    assert found == Floors(coverage=0.25, frechet=48.0)


def test_floors_never_fall_below_par() -> None:
    assert floors_of([run(coverage=0.2, frechet=50.0)]) == Floors(coverage=0.15, frechet=60.0)


def test_no_run_gives_no_floors() -> None:
    with pytest.raises(ValueError, match="found no run"):
        floors_of([])


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    kept = {"small_gan": calibration(run(0), on_the_way(1, 40.0)), "other_gan": calibration(run(5))}
    kept["other_gan"] = replace(kept["other_gan"], program="other_gan")
    record.write(tmp_path / "runs.json", kept)
    assert record.read(tmp_path / "runs.json") == kept
    assert record.read(tmp_path / "none.json") == {}
    lines = (tmp_path / "runs.json").read_text().splitlines()
    assert sum('{"seed": ' in line for line in lines) == 3, "each run has a line of its own"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"programs": {"a": {}}}', '{"programs": {"a": {"runs": [{}]}}}']
)
def test_another_file_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "runs.json").write_text(text)
    with pytest.raises(RecordError, match=r"runs\.json: it is no record of training runs .*calibrate anew"):
        record.read(tmp_path / "runs.json")


def test_the_table_has_means_with_intervals() -> None:
    runs = [run(seed, frechet=frechet) for seed, frechet in enumerate((18.0, 20.0, 22.0))]
    (row,) = record.table({"small_gan": calibration(*runs)}).splitlines()[2:]
    # t(.975, 2) = 4.303; 4.303 * 2 / sqrt(3) = 4.97
    assert row == (
        "| small_gan | 0, 1, 2 | 280 ± 0 | 20.0 ± 5.0 | 0.60 ± 0.00 | 90 | 2.0% | 50 "
        "| 3 of 3 (p = 0.12) | coverage 0.3, Fréchet 44 |"
    )


def on_the_way(seed: int, frechet: float) -> Trained:
    score = replace(AFTER, frechet=frechet, digits=(5, *(110,) * 8, 115))
    return replace(run(seed), updates=900, milestones=(Milestone(300, score, 12.0),))


def test_the_curve_has_a_line_for_each_milestone() -> None:
    runs = (on_the_way(0, 40.0), on_the_way(1, 50.0), run(2))
    (row,) = record.curves({"small_gan": calibration(*runs)}).splitlines()[2:]
    # t(.975, 1) = 12.706; 12.706 * 7.071 / sqrt(2) = 63.5
    assert row == "| small_gan | 300 | 2 | 45.0 ± 63.5 | 50.0 | 0.60 ± 0.00 | 0.60 | 5 | 12 |"


def test_a_run_can_be_seen_as_if_it_had_ended_earlier() -> None:
    (seen,) = calibration(on_the_way(0, 40.0), run(1)).reached(300)
    assert (seen.after.frechet, seen.updates, seen.cpu_seconds, seen.milestones) == (40.0, 300, 12.0, ())
    assert seen.before == BEFORE
    assert calibration(run(0)).reached(300) == ()
    assert calibration(on_the_way(0, 40.0)).reached(900) == (on_the_way(0, 40.0),)
    with pytest.raises(ValueError, match="found milestones 300 with seed 0, expected one at 200 updates"):
        on_the_way(0, 40.0).ended_at(200)


def test_one_run_has_no_interval() -> None:
    (row,) = record.table({"small_gan": calibration(run(3))}).splitlines()[2:]
    assert row.startswith("| small_gan | 3 | 280 | 20.0 | 0.60 |")


def test_the_table_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    document = tmp_path / "convergence.md"
    document.write_text(f"# Title\n{record.BEGIN}\nold\n{record.END}\nlast\n")
    record.write_table(document, {"small_gan": calibration()})
    text = document.read_text()
    assert text.startswith(f"# Title\n{record.BEGIN}\n| program | seeds |")
    assert text.endswith(f"|\n{record.END}\nlast\n")
    assert "old" not in text


def test_a_document_without_a_place_for_the_table_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "convergence.md"
    document.write_text("text")
    with pytest.raises(RecordError, match="found no place for the table, expected the lines"):
        record.write_table(document, {})
    assert document.read_text() == "text"


def test_the_digest_is_of_the_code_not_of_its_comments(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one.py", "two.py", "three.py"))
    one.write_text("x = 1  # first\n\n\ny = (2)\n")
    two.write_text("# other\nx = 1\ny = 2\n")
    three.write_text("x = 1\ny = 3\n")
    assert record.digest(one) == record.digest(two) != record.digest(three)


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that were trained with, in place of trainings."""
    seeds: list[int] = []

    def measured(program: Path, seed: int, *_: object) -> Calibration:
        seeds.append(seed)
        return replace(calibration(run(seed), sha256=record.digest(program)), program=program.stem)

    monkeypatch.setattr(calibrate, "measure", measured)
    return seeds


def test_runs_are_added_not_repeated(trainings: list[int], tmp_path: Path) -> None:
    program, kept = tmp_path / "small_gan.py", tmp_path / "runs.json"
    program.write_text("x = 1")
    for seeds in ("1", "3"):
        assert calibrate.main([str(program), "--seeds", seeds, "--record", str(kept)]) == 0
    assert trainings == [0, 1, 2]
    assert [one.seed for one in record.read(kept)["small_gan"].runs] == [0, 1, 2]
    program.write_text("x = 2")
    assert calibrate.main([str(program), "--seeds", "1", "--record", str(kept)]) == 0
    assert [one.seed for one in record.read(kept)["small_gan"].runs] == [0], "those of another text are gone"


def test_runs_of_another_length_or_without_the_milestones_are_made_again(
    trainings: list[int], tmp_path: Path
) -> None:
    program, kept = tmp_path / "small_gan.py", tmp_path / "runs.json"
    program.write_text("x = 1")
    once = [str(program), "--seeds", "1", "--record", str(kept)]
    for further in ([], [], ["--milestones", "300"], ["--updates", "900"], ["--first-seed", "4"]):
        assert calibrate.main([*once, *further]) == 0
    assert trainings == [0, 0, 0, 4]
    assert [one.seed for one in record.read(kept)["small_gan"].runs] == [0, 4]


def test_floors_are_written_beside_the_runs(trainings: list[int], tmp_path: Path) -> None:
    program, kept = tmp_path / "small_gan.py", tmp_path / "runs.json"
    program.write_text("x = 1")
    calibrate.main([str(program), "--seeds", "1", "--record", str(kept)])
    floors = json.loads(kept.read_text())["programs"]["small_gan"]["floors"]
    assert floors == {"coverage": 0.3, "frechet": 40.0, "digit_share": 0.01, "memorised": 0.5}


def test_a_program_that_cannot_be_trained_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "none.py"
    assert calibrate.main([str(program), "--seeds", "1", "--record", str(tmp_path / "runs.json")]) == 2
    assert f"{program}, seed 0: {program}: no such file; expected a Python program" in capsys.readouterr().err
