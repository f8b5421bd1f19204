"""Fetching the full set from an address; here always one on this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from harness.data import DataError, fetch_mnist, find_mnist


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Address and SHA-256 of an archive with the shapes of the full set."""
    path = tmp_path_factory.mktemp("server") / "published.npz"
    np.savez_compressed(
        path,
        x_train=np.zeros((60000, 28, 28), np.uint8),
        y_train=np.zeros(60000, np.uint8),
        x_test=np.zeros((10000, 28, 28), np.uint8),
        y_test=np.zeros(10000, np.uint8),
    )
    return path.as_uri(), hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_fetched_set_is_found_afterwards(
    published: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("ERRATA_MNIST", raising=False)
    url, sha256 = published
    path = fetch_mnist(url, sha256=sha256)
    assert path == tmp_path / "errata" / "mnist.npz"
    assert find_mnist() == path


def test_a_good_copy_is_not_fetched_again(published: tuple[str, str], tmp_path: Path) -> None:
    url, sha256 = published
    path = fetch_mnist(url, sha256=sha256, folder=tmp_path)
    assert fetch_mnist("file:///nowhere", sha256=sha256, folder=tmp_path) == path


def test_a_wrong_hash_leaves_nothing_behind(published: tuple[str, str], tmp_path: Path) -> None:
    url, sha256 = published
    with pytest.raises(
        DataError, match=f"found SHA-256 {sha256}, expected {'0' * 64}; the file was not kept"
    ):
        fetch_mnist(url, sha256="0" * 64, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_subset_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    ones = np.ones((1, 28, 28), np.uint8)
    np.savez(path, x_train=ones, y_train=ones[0, 0, :1], x_test=ones, y_test=ones[0, 0, :1])
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(DataError, match=r"found shapes .*\(1, 28, 28\).*expected .*\(60000, 28, 28\)"):
        fetch_mnist(path.as_uri(), sha256=sha256, folder=tmp_path / "to")


@pytest.mark.parametrize("url", ["file:///no/such/file.npz", "http://127.0.0.1:9/mnist.npz", "nonsense"])
def test_an_address_that_does_not_answer_is_explained(url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be downloaded .*--mnist or ERRATA_MNIST"):
        fetch_mnist(url, folder=tmp_path, timeout=5)


def test_a_folder_that_cannot_be_written_is_explained(published: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be written .*XDG_CACHE_HOME"):
        fetch_mnist(published[0], sha256=published[1], folder=tmp_path / "file" / "below")
