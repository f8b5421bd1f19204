"""Where MNIST comes from, in which order, and what is said about a file that will not do."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.data import DataError, embedded_mnist, find_mnist, load_mnist

Arrays = dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.generic]]"]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("ERRATA_MNIST", raising=False)


def arrays(train: int = 4, test: int = 2) -> Arrays:
    numbers = np.arange(train + test, dtype=np.uint8)
    images = np.ones((train + test, 28, 28), np.uint8) * numbers[:, None, None]
    return {
        "x_train": images[:train],
        "y_train": numbers[:train] % 10,
        "x_test": images[train:],
        "y_test": numbers[train:] % 10,
    }


def archive(path: Path, content: Arrays) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **content)  # type: ignore[arg-type]
    return path


def full(path: Path, value: int = 0) -> Path:
    return archive(
        path,
        {
            "x_train": np.full((60000, 28, 28), value, np.uint8),
            "y_train": np.zeros(60000, np.uint8),
            "x_test": np.full((10000, 28, 28), value, np.uint8),
            "y_test": np.zeros(10000, np.uint8),
        },
    )


def test_order_is_argument_environment_keras_cache_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_mnist() == embedded_mnist()
    keras = full(tmp_path / "keras" / "datasets" / "mnist.npz")
    assert find_mnist() == keras
    named = archive(tmp_path / "named.npz", arrays())
    monkeypatch.setenv("ERRATA_MNIST", str(named))
    assert find_mnist() == named
    given = archive(tmp_path / "given.npz", arrays())
    assert find_mnist(given) == given


def test_the_full_set_is_returned_as_it_is(tmp_path: Path) -> None:
    mnist = load_mnist(full(tmp_path / "full.npz", value=7))
    assert (mnist.repeated_from, mnist.note) == (None, None)
    assert (mnist.x_train == 7).all()
    assert mnist.x_train.shape == (60000, 28, 28)


@pytest.mark.parametrize("content", [b"not a zip", b""])
def test_a_foreign_file_in_the_keras_cache_is_passed_over_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    foreign = tmp_path / "keras" / "datasets" / "mnist.npz"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(content)
    assert find_mnist() == embedded_mnist()
    assert foreign.read_bytes() == content


def test_a_subset_in_the_keras_cache_is_passed_over(tmp_path: Path) -> None:
    archive(tmp_path / "keras" / "datasets" / "mnist.npz", arrays())
    assert find_mnist() == embedded_mnist()


def test_embedded_images_have_the_documented_shapes_and_split() -> None:
    mnist = load_mnist()
    assert (mnist.x_train.shape, mnist.y_train.shape) == ((60000, 28, 28), (60000,))
    assert (mnist.x_test.shape, mnist.y_test.shape) == ((10000, 28, 28), (10000,))
    assert {a.dtype for a in (mnist.x_train, mnist.y_train, mnist.x_test, mnist.y_test)} == {
        np.dtype(np.uint8)
    }
    assert mnist.x_train.max() == 255
    assert mnist.repeated_from == 5000
    assert mnist.note == (
        "MNIST is a subset: 3,000 different training images repeated to 60,000 "
        "and 2,000 test images repeated to 10,000"
    )
    assert (mnist.x_train[3000:6000] == mnist.x_train[:3000]).all()
    parts = [mnist.y_train[:3000], mnist.y_test[:1000], mnist.y_test[1000:2000]]
    assert [np.bincount(part).tolist() for part in parts] == [[300] * 10, [100] * 10, [100] * 10]
    seen = {image.tobytes() for image in mnist.x_train} | {image.tobytes() for image in mnist.x_test}
    assert len(seen) == 5000, "the parts share no image"


def test_any_first_hundred_images_hold_every_digit() -> None:
    assert set(load_mnist().y_train[:100]) == set(range(10))


def test_a_damaged_embedded_cache_is_made_again() -> None:
    path = embedded_mnist()
    good = hashlib.sha256(path.read_bytes()).hexdigest()
    archive(path, arrays())
    assert hashlib.sha256(embedded_mnist().read_bytes()).hexdigest() == good
    assert [p.name for p in path.parent.iterdir()] == [path.name], "no temporary file is left"


def test_a_home_that_cannot_be_written_gives_a_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.touch()  # a folder cannot be made below a file, not even by root
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocker / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = find_mnist()
    assert path.is_relative_to(tmp_path)
    assert path.is_file()


def test_a_temporary_folder_open_to_others_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shared = tmp_path / f"errata-{os.getuid()}"
    shared.mkdir()
    shared.chmod(0o777)
    assert find_mnist().parent != shared


def missing(content: Arrays) -> Arrays:
    del content["y_test"]
    return content


def changed(name: str, value: object) -> Callable[[Arrays], Arrays]:
    return lambda content: {**content, name: np.asarray(value)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (missing, r"found arrays x_test, x_train, y_train, expected x_test, x_train, y_test, y_train"),
        (changed("x_train", np.zeros((4, 28, 28))), r"x_train has dtype float64, expected uint8"),
        (
            changed("x_train", np.zeros((4, 784), np.uint8)),
            r"x_train has shape \(4, 784\), expected \(n, 28, 28\)",
        ),
        (changed("x_test", np.zeros((0, 28, 28), np.uint8)), r"x_test has shape \(0, 28, 28\), expected"),
        (changed("y_train", np.zeros(3, np.uint8)), r"x_train has 4 images but y_train 3 labels"),
        (changed("y_test", np.full(2, 10, np.uint8)), r"y_test holds the label 10, expected digits 0 to 9"),
        (
            changed("y_test", np.zeros((2, 1), np.uint8)),
            r"y_test has shape \(2, 1\), expected \(n,\) with n from 1",
        ),
    ],
)
def test_a_wrong_archive_is_explained(
    tmp_path: Path, change: Callable[[Arrays], Arrays], message: str
) -> None:
    path = archive(tmp_path / "wrong.npz", change(arrays()))
    with pytest.raises(DataError, match=message) as raised:
        load_mnist(path)
    assert str(raised.value).startswith(str(path))


def test_files_that_are_no_archive_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"none\.npz: no such file; expected an \.npz archive with x_test"):
        find_mnist(tmp_path / "none.npz")
    with pytest.raises(DataError, match=r"not an \.npz archive"):
        find_mnist(tmp_path)
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(DataError, match=r"text\.npz: not an \.npz archive \(File is not a zip file\)"):
        find_mnist(tmp_path / "text.npz")
    monkeypatch.setenv("ERRATA_MNIST", str(tmp_path / "text.npz"))
    with pytest.raises(DataError, match=r"^ERRATA_MNIST: .*not an \.npz archive"):
        find_mnist()


def test_a_damaged_archive_is_explained(tmp_path: Path) -> None:
    path = archive(tmp_path / "cut.npz", arrays(train=100))
    content = bytearray(path.read_bytes())
    content[20_000:20_100] = b"\xff" * 100  # inside x_train, so that its checksum no longer holds
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"damaged \.npz archive .*fetch or copy it again"):
        load_mnist(path)


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "pickle.npz", {**arrays(), "x_train": np.array([{}] * 4, object)})
    with pytest.raises(DataError, match="x_train has dtype object, expected uint8"):
        load_mnist(path)


def test_no_ml_framework_and_no_pandas_is_imported() -> None:
    code = (
        "import sys, harness.data; harness.data.load_mnist();"
        "print([m for m in ('tensorflow', 'keras', 'jax', 'torch', 'pandas', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
