"""Downloading the full MNIST set, only when a person asks for it."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from harness.data.archive import FULL_SHAPES, shapes
from harness.data.cache import cache_folder, write_atomically
from harness.data.errors import DataError
from harness.data.places import FETCHED

#: The file and hash that keras.datasets.mnist.load_data names (Keras 3, keras/src/datasets/mnist.py).
MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
_LARGEST = 64 << 20  # bytes; the archive has 11 MB


def fetch_mnist(
    url: str = MNIST_URL, *, sha256: str = MNIST_SHA256, folder: Path | None = None, timeout: float = 60.0
) -> Path:
    """Download the full set into ``folder`` (the user's cache), where ``find_mnist`` will find it.

    A copy that is already there with that hash is kept as it is.  Raises DataError where the address
    cannot be read within ``timeout`` seconds per reply, the hash differs or the archive is not full;
    nothing is left behind then.
    """
    path = (folder or cache_folder()) / FETCHED
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda file: _download(url, sha256, timeout, file))
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error}); set XDG_CACHE_HOME to a writable folder"
        ) from error
    return path


def _download(url: str, sha256: str, timeout: float, file: IO[bytes]) -> None:
    try:
        with urllib.request.urlopen(url, timeout=timeout) as reply:
            content = reply.read(_LARGEST + 1)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise DataError(
            f"{url}: cannot be downloaded ({error}); check the connection, or copy mnist.npz by other means "
            "and name it with --mnist or ERRATA_MNIST"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DataError(f"{url}: found SHA-256 {found}, expected {sha256}; the file was not kept")
    file.write(content)
    file.flush()
    if (found_shapes := shapes(Path(file.name))) != FULL_SHAPES:
        raise DataError(f"{url}: found shapes {found_shapes}, expected {FULL_SHAPES}; the file was not kept")
