"""A store gives back what was put into it, or nothing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cache import Store, Use

KEYS = [hashlib.sha256(bytes([number])).hexdigest() for number in range(20)]
LINES = [b'{"event":"Ended"}', b"", "größer".encode()]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "answers")


def files(store: Store) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_lines_come_back_as_they_were_put(store: Store) -> None:
    assert store.get(KEYS[0]) is None
    store.put(KEYS[0], LINES)
    assert store.get(KEYS[0]) == tuple(LINES)
    assert store.get(KEYS[1]) is None


def test_the_later_answer_counts(store: Store) -> None:
    store.put(KEYS[0], [b"first"])
    store.put(KEYS[0], [b"second"])
    assert store.get(KEYS[0]) == (b"second",)
    assert store.use().answers == 1


def test_a_dropped_answer_is_gone(store: Store) -> None:
    store.put(KEYS[0], LINES)
    store.drop(KEYS[0])
    store.drop(KEYS[0])
    assert store.get(KEYS[0]) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: b"",
        lambda data: data.replace(b"Ended", b"Begun"),
        lambda data: b"errata-answer 2" + data[15:],
        lambda data: b"\x80\x04\x95" + data,
    ],
)
def test_a_damaged_answer_is_discarded(damage: object, store: Store) -> None:
    store.put(KEYS[0], LINES)
    (path,) = files(store)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert store.get(KEYS[0]) is None
    assert files(store) == []
    store.put(KEYS[0], LINES)
    assert store.get(KEYS[0]) == tuple(LINES)


def test_an_answer_to_another_question_is_none(store: Store) -> None:
    store.put(KEYS[0], LINES)
    store.put(KEYS[1], LINES)
    first, second = sorted(files(store), key=lambda path: path.name != KEYS[0])
    second.write_bytes(first.read_bytes())
    assert store.get(KEYS[1]) is None
    assert store.get(KEYS[0]) == tuple(LINES)


def test_what_was_used_longest_ago_goes_first(store: Store) -> None:
    for number, key in enumerate(KEYS[:4]):
        store.put(key, [b"x" * 1000])
        os.utime(store.folder / key[:2] / key, (number, number))
    assert store.get(KEYS[0]) is not None  # used now
    one = store.use().bytes // 4
    assert store.prune(2 * one + 10) == Use(2, 2 * one)
    assert [store.get(key) is not None for key in KEYS[:4]] == [True, False, False, True]


def test_it_stays_within_its_bound(tmp_path: Path) -> None:
    store = Store(tmp_path, limit=10_000)
    for key in KEYS:
        store.put(key, [b"x" * 900])
        assert store.use().bytes <= 10_000
    assert store.get(KEYS[-1]) is not None
    store.put(KEYS[0], [b"x" * 20_000])
    assert store.get(KEYS[0]) is None


def test_clearing_leaves_nothing(store: Store) -> None:
    for key in KEYS[:3]:
        store.put(key, LINES)
    (store.folder / KEYS[0][:2] / ".left-by-a-killed-writer").write_bytes(b"x")
    assert store.clear().answers == 4
    assert store.use() == Use(0, 0)
    assert files(store) == []


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 63, "a" * 63 + "/"])
def test_only_a_digest_is_a_key(key: str, store: Store) -> None:
    with pytest.raises(ValueError, match="no digest"):
        store.get(key)


def test_a_store_that_cannot_be_written_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file")
    store.put(KEYS[0], LINES)
    assert store.get(KEYS[0]) is None
    assert store.use() == store.clear() == Use(0, 0)


_WRITER = """
import sys
from pathlib import Path
from harness.cache import Store
store, keys = Store(Path(sys.argv[1]), limit=60_000), sys.argv[3:]
for turn in range(60):
    for key in keys:
        store.put(key, [key.encode()] * (20 + turn % 7))
        found = store.get(key)
        assert found is None or set(found) == {key.encode()}, found
print("done")
"""


def test_many_writers_and_readers_at_once_see_whole_answers(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen([*command, str(number), *KEYS], cwd=root, stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    assert [writer.communicate(timeout=60)[0] for writer in writers] == ["done\n"] * 3
    store = Store(tmp_path, limit=60_000)
    assert store.use().bytes <= 60_000
    assert all(path.name in KEYS for path in files(store))
