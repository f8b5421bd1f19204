"""What was seen of a training in its sandbox, read as claims and measured outside of it.

The generator's images are taken as they are handed over; every figure about them is computed here, from
the pixels.  No framework is imported.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.measure.convergence import Trained, check_improves, check_reaches_floors
from harness.measure.results import CheckFailed, outcomes
from harness.measure.scores import Score, Yardstick

SEED = 0  # of the program's training and of the latent vectors
SAMPLES = 1000
MOMENTS, DIGITS = ".errata-moments.json", ".errata-digits.u8"  # hidden: no result of the program itself
PIXELS = 28 * 28
_MOST_MOMENTS = 200
_LARGEST_TEXT = 16 * 2**20
_POINTS = 60  # of a loss curve
_LONGEST_NAME = 40


class RecordingError(Exception):
    """There is no usable recording; the message says what was found and what was expected."""


@dataclass(frozen=True)
class Recording:
    """A training as its program claims it.

    ``moments`` counts the updates made before each set of ``images``, which have the shape
    (moments, SAMPLES, 28, 28) and values 0 to 255.  ``losses`` are means over stretches that end after
    the updates in ``at``; what is not finite stays so.
    """

    moments: tuple[int, ...]
    images: npt.NDArray[np.uint8]
    steps: int  # updates of one epoch
    at: tuple[int, ...]
    losses: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Learned:
    """Scores at each moment, and whether the training as a whole made it learn; ``lacks`` says why not."""

    scores: tuple[Score, ...]
    learns: bool
    lacks: tuple[str, ...]


def read(folder: Path) -> Recording:
    """The recording in a scratch folder.  Raises RecordingError where there is none of the right form."""
    text = _content(folder / MOMENTS, _LARGEST_TEXT)
    try:
        told = json.loads(text)
        moments = tuple(_count(one) for one in told["moments"])
        steps = max(_count(told["steps"]), 1)
        at = tuple(_count(one) for one in told["at"])
        losses = {str(name)[:_LONGEST_NAME]: _numbers(values) for name, values in told["losses"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordingError(f"the recording is not of the expected form ({error!r})") from None
    if not 1 < len(moments) <= _MOST_MOMENTS or list(moments) != sorted(set(moments)):
        raise RecordingError(f"found {len(moments)} moments, expected 2 to {_MOST_MOMENTS} in order")
    size = len(moments) * SAMPLES * PIXELS
    drawn = _content(folder / DIGITS, size)
    if len(drawn) != size:
        raise RecordingError(f"found {len(drawn)} bytes of images, expected {size}")
    images = np.frombuffer(drawn, np.uint8).reshape(len(moments), SAMPLES, 28, 28)
    whole = {name: values for name, values in losses.items() if len(values) == len(at)}
    return Recording(moments, images, steps, *_thinned(at, whole))


def measured(recording: Recording, yardstick: Yardstick) -> Learned:
    """Each moment's images against real ones; the last against the first by the convergence checks."""
    scores = tuple(yardstick.score(images / np.float32(255)) for images in recording.images)
    run = Trained(SEED, scores[0], scores[-1], 0.0)
    checks = (lambda: check_improves([run]), lambda: check_reaches_floors([run]))
    failed = [one for one in outcomes(checks) if isinstance(one, CheckFailed)]
    return Learned(
        scores, not failed, tuple(f"expected {one.expected}; found {one.actual}" for one in failed)
    )


def _thinned(
    at: Sequence[int], losses: Mapping[str, Sequence[float]]
) -> tuple[tuple[int, ...], dict[str, tuple[float, ...]]]:
    """Means over stretches of equal length: the loss of one batch jumps too much to be read."""
    ends = np.unique(np.linspace(0, len(at), min(_POINTS, len(at)) + 1).round().astype(int))
    spans = list(pairwise(ends))
    means = {
        name: tuple(float(np.mean(values[start:end])) for start, end in spans)
        for name, values in losses.items()
    }
    return tuple(at[end - 1] for _, end in spans), means


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**40:
        raise ValueError(f"{value!r} is no count")
    return value


def _numbers(values: Any) -> tuple[float, ...]:
    if not all(isinstance(one, int | float) for one in values):
        raise ValueError("a loss is no number")
    return tuple(float(one) if abs(one) < 1e30 else math.nan for one in values)


def _content(path: Path, most: int) -> bytes:
    """A plain file's content; links, pipes and what is too large are refused, for a program made them."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise RecordingError(
            "no training by fit was seen of a generator of 28 x 28 pixels that ends in tanh or sigmoid"
        ) from None
    with os.fdopen(opened, "rb") as file:
        seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > most:
            raise RecordingError(
                f"found {seen.st_size} bytes in {path.name}, expected a file of {most} at most"
            )
        return file.read(most)
