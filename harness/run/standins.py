"""Arrays of the documented shapes for Keras's built-in data sets that a review cannot download.

They are made up, always the same, and can be learned: images are digits in another guise, word
sequences and tables depend on their labels.  What a network learns from them says nothing about the
real data.  Shapes, types and value ranges are those of https://keras.io/api/datasets/.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]

_SEED = 7
_TRAIN, _TEST = 50_000, 10_000  # images of CIFAR
_DIFFERENT = 5_000  # of them; the rest are repetitions, which saves a second
_COLOURS = 10
_FIRST_WORDS = ("the", "and", "a", "of", "to", "is", "br", "in", "it", "i")


def _random() -> np.random.Generator:
    """Numbers of our own: the article's generators must not notice."""
    return np.random.Generator(np.random.PCG64(_SEED))


# --- images ------------------------------------------------------------------------------------------


def fashion_mnist(mnist: Arrays) -> Arrays:
    """(60000, 28, 28) and (10000, 28, 28) of uint8, ten classes: digits lying on their side."""
    turned = {key: array.transpose(0, 2, 1) if array.ndim == 3 else array for key, array in mnist.items()}
    return {key: np.ascontiguousarray(array, np.uint8) for key, array in turned.items()}


def cifar(mnist: Arrays) -> Arrays:
    """(50000, 32, 32, 3) and (10000, 32, 32, 3) of uint8: digits in one of ten colours.

    ``y_*`` is the digit and ``colour_*`` the colour.
    """
    random = _random()
    palette = random.integers(80, 256, (_COLOURS, 3), np.uint16)
    found: dict[str, Array] = {}
    for part, rows in (("train", _TRAIN), ("test", _TEST)):
        digits = mnist[f"x_{part}"][:_DIFFERENT].astype(np.uint16)
        colours = random.integers(0, _COLOURS, len(digits))
        images = np.full((len(digits), 32, 32, 3), 16, np.uint8)
        for channel in range(3):
            tint = palette[colours, channel, None, None]
            images[:, 2:30, 2:30, channel] += (digits * tint >> 8).astype(np.uint8) // 2
        again = np.arange(rows) % len(digits)
        found[f"x_{part}"] = images[again]
        found[f"y_{part}"] = mnist[f"y_{part}"][again]
        found[f"colour_{part}"] = colours[again]
    return found


def cifar_batch(images: Arrays, path: str, label_key: str = "labels") -> tuple[Array, list[int]]:
    """What Keras's ``load_batch`` returns for one of CIFAR's files: (n, 3, 32, 32) and the labels."""
    name = Path(path).name
    part = "test" if name.startswith("test") else "train"
    digits, colours = images[f"y_{part}"].astype(int), images[f"colour_{part}"]
    labels = {
        "labels": digits,
        "fine_labels": 10 * colours + digits,
        "coarse_labels": 2 * colours + digits // 5,
    }[label_key]
    data = images[f"x_{part}"].transpose(0, 3, 1, 2)
    if name.startswith("data_batch_"):
        number = int(name.removeprefix("data_batch_"))
        chosen = slice(10_000 * (number - 1), 10_000 * number)
        return data[chosen], labels[chosen].tolist()
    return data, labels.tolist()


# --- words --------------------------------------------------------------------------------------------


def imdb() -> Arrays:
    """25,000 and 25,000 sequences of word numbers (from 1, the most frequent first), two classes."""
    x, y = _sequences(50_000, classes=2, words=88_584, typical=30)
    return {"x_train": x[:25_000], "y_train": y[:25_000], "x_test": x[25_000:], "y_test": y[25_000:]}


def reuters() -> Arrays:
    """11,228 sequences of word numbers, 46 classes."""
    x, y = _sequences(11_228, classes=46, words=30_979, typical=60)
    return {"x": x, "y": y}


def _sequences(rows: int, *, classes: int, words: int, typical: int) -> tuple[Array, Array]:
    random = _random()
    labels = random.integers(0, classes, rows)
    lengths = np.clip(random.lognormal(np.log(typical), 0.6, rows).astype(int), 11, 1_000)
    total = int(lengths.sum())
    # As in a real text, the number of a word is about one over its frequency.
    numbers = np.exp(random.random(total) * np.log(words)).astype(int)
    owner = np.repeat(labels, lengths)
    telling = random.random(total) < 0.15  # these words depend on the class
    numbers[telling] = 40 + 20 * owner[telling] + random.integers(0, 20, int(telling.sum()))
    numbers[0] = words  # the last word occurs too
    x = np.empty(rows, object)
    for row, sequence in enumerate(np.split(numbers, np.cumsum(lengths)[:-1])):
        x[row] = sequence.tolist()
    return x, labels.astype(np.int64)


def word_index(words: int) -> dict[str, int]:
    """Words by their numbers, from 1 on."""
    names = [*_FIRST_WORDS, *(f"word{number}" for number in range(len(_FIRST_WORDS) + 1, words + 1))]
    return {name: number for number, name in enumerate(names, 1)}


# --- tables -------------------------------------------------------------------------------------------


def boston_housing() -> Arrays:
    """506 rows of 13 numbers in the ranges of the real ones; prices from 5 to 50."""
    low = (0.006, 0, 0.46, 0, 0.385, 3.56, 2.9, 1.13, 1, 187, 12.6, 0.32, 1.73)
    high = (88.98, 100, 27.74, 1, 0.871, 8.78, 100, 12.13, 24, 711, 22, 396.9, 37.97)
    return _table(506, low, high, prices=(5.0, 50.0), whole=(3, 8))


def california_housing() -> Arrays:
    """20,640 rows of 8 numbers in the ranges of the real ones; prices from 14,999 to 500,001."""
    low = (-124.35, 32.54, 1, 2, 1, 3, 1, 0.4999)
    high = (-114.31, 41.95, 52, 39_320, 6_445, 35_682, 6_082, 15.0001)
    table = _table(20_640, low, high, prices=(14_999.0, 500_001.0), whole=(2, 3, 4, 5, 6))
    return {key: array.astype(np.float32) for key, array in table.items()}


def _table(
    rows: int,
    low: tuple[float, ...],
    high: tuple[float, ...],
    *,
    prices: tuple[float, float],
    whole: tuple[int, ...],
) -> Arrays:
    random = _random()
    unit = random.beta(2, 3, (rows, len(low)))
    x = np.array(low) + unit * (np.array(high) - np.array(low))
    x[:, list(whole)] = np.round(x[:, list(whole)])
    score = (unit - unit.mean(0)) @ random.normal(0, 1, len(low)) + random.normal(0, 0.05, rows)
    share = (score - score.min()) / (score.max() - score.min())
    return {"x": x, "y": np.round(prices[0] + share * (prices[1] - prices[0]), 1)}


def write_california_archive(path: Path) -> tuple[int, int]:
    """The archive that scikit-learn downloads: the columns of ``california_housing``, the price last."""
    arrays, text = california_housing(), io.StringIO()
    table = np.column_stack([arrays["x"], arrays["y"]])
    np.savetxt(text, table, fmt="%.6g", delimiter=",")
    content = text.getvalue().encode()
    member = tarfile.TarInfo("CaliforniaHousing/cal_housing.data")
    member.size = len(content)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.addfile(member, io.BytesIO(content))
    return table.shape[0], table.shape[1]


# --- files --------------------------------------------------------------------------------------------


def write_npz(path: Path, arrays: Arrays) -> None:
    """As Keras expects its ``.npz`` files; ragged sequences as pickled lists."""
    np.savez(path, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes the names for its own options


def write_idx(path: Path, array: Array) -> None:
    """As Keras expects the files of Fashion-MNIST: gzip, a header that it skips, the numbers."""
    header = b"\0" * (8 if array.ndim == 1 else 16)
    with gzip.open(path, "wb", compresslevel=0) as file:
        file.write(header + np.ascontiguousarray(array, np.uint8).tobytes())


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


#: Data sets of one ``.npz`` file, by name.
NPZ: Mapping[str, Callable[[], Arrays]] = {
    "imdb": imdb,
    "reuters": reuters,
    "boston_housing": boston_housing,
    "california_housing": california_housing,
}
#: The sizes of the vocabularies, by data set.
WORDS: Mapping[str, int] = {"imdb": 88_584, "reuters": 30_979}
