"""A key changes with everything that an answer depends on, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cache import digest, installed, key, sources


def test_parts_are_told_apart() -> None:
    keys = [
        digest({"a": 1}),
        digest({"a": "1"}),
        digest({"b": 1}),
        digest({"a": 1, "b": None}),
        digest({"a": ["x", "y"]}),
        digest({"a": ["x,y"]}),
        digest({"a": "\ud800"}),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(one) == 64 for one in keys)


def test_the_order_of_parts_does_not_matter() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "rules"
    (folder / "inner").mkdir(parents=True)
    for name in ("one.py", "inner/two.py", "table.toml"):
        (folder / name).write_text(name)
    monkeypatch.setattr(key, "_ROOT", tmp_path)
    return folder


def test_sources_change_with_any_module_or_table(package: Path) -> None:
    seen = {sources.__wrapped__("rules")}
    (package / "inner" / "two.py").write_text("changed")
    seen.add(sources.__wrapped__("rules"))
    (package / "table.toml").write_text("changed")
    seen.add(sources.__wrapped__("rules"))
    (package / "three.py").touch()
    seen.add(sources.__wrapped__("rules"))
    (package / "three.py").rename(package / "four.py")
    seen.add(sources.__wrapped__("rules"))
    assert len(seen) == 5


def test_sources_do_not_change_with_compiled_files_or_times(package: Path) -> None:
    before = sources.__wrapped__("rules", "rules/one.py")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "one.cpython-311.pyc").touch()
    (package / "one.py").touch()
    assert sources.__wrapped__("rules", "rules/one.py") == before
    assert sources.__wrapped__("rules") != before


def test_packages_count_by_name_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path), str(tmp_path / "absent")])
    seen = set()
    for name in ("keras-3.15.dist-info", "keras-3.16.dist-info"):
        (tmp_path / name).mkdir()
        seen.add(installed.__wrapped__())
        (tmp_path / name).rmdir()
    (tmp_path / "unrelated").mkdir()
    seen.add(installed.__wrapped__())
    assert len(seen) == 3
