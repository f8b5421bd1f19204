"""The last round of a loop that is left early: what only happens at its end would otherwise not be seen.

Programs print, save and draw when a round's number says so, as in ``if (epoch + 1) % 100 == 0``, and the
last batch of an epoch may have fewer rows than the others.  A loop over a ``range`` is given the range's last
number, a loop over a pipeline as many rows as its last batch would have, and then it is left.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from harness.run.watch.last_batch import rows_of_last

_PIPELINES = "tensorflow.python.data."
_BARS = "tqdm."


class Leaving(Protocol):
    """What knows when a loop is about to be left: ``Loops``."""

    def current(self) -> object:
        """The loop that is running, innermost."""

    def leaving(self) -> bool:
        """Whether the running loop would be left now, and may have its last round before."""

    def last_round(self) -> None:
        """Let the running loop have one more round."""

    def smaller_batch(self, rows: int, before: int) -> None:
        """Take note that the running loop goes on with a batch of fewer rows than before."""


def to_the_last(items: Iterable[Any], loops: Leaving) -> Iterable[Any]:
    """The same items, behind which the last one comes early where the loop over them is to be left."""
    source = getattr(items, "iterable", None) if _is_of(items, _BARS) else items
    if isinstance(source, range) and source:
        return _Numbers(items, loops, source)
    if _is_of(source, _PIPELINES) and hasattr(source, "cardinality"):
        return _Batches(items, loops, source)
    return items


class _Rounds(ABC):
    """An iterator over ``items`` with one more at its end, where the loop is left."""

    def __init__(self, items: Iterable[Any], loops: Leaving, source: Any) -> None:
        self._items = iter(items)
        self._loops = loops
        self._loop = loops.current()
        self._source = source
        self._item: Any = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        last = None
        if self._item is not None and self._loops.current() is self._loop and self._loops.leaving():
            last = self._last()
        if last is not None:
            self._loops.last_round()
        item = next(self._items) if last is None else last
        self._next(item)
        self._item = item
        return item

    @abstractmethod
    def _last(self) -> Any:
        """The item with which the loop would end; None where that is not known, or is the latest one."""

    def _next(self, item: Any) -> None:  # noqa: B027, for a range has nothing to look at
        """Look at an item before the loop goes on with it."""


class _Numbers(_Rounds):
    """Those of a ``range``."""

    def _last(self) -> Any:
        return None if self._item == self._source[-1] else self._source[-1]


class _Batches(_Rounds):
    """Those of a ``tf.data`` pipeline."""

    def _last(self) -> Any:
        """The first rows of the latest batch, as many as the last one has, where these are fewer."""
        try:
            rows = rows_of_last(self._source)
            if rows is None or _rows(self._item) != rows[1]:
                return None
            return sys.modules["tensorflow"].nest.map_structure(lambda part: part[: rows[0]], self._item)
        except Exception:  # the insides of another TensorFlow may differ in any way
            return None

    def _next(self, item: Any) -> None:
        rows, before = _rows(item), _rows(self._item)
        if rows is not None and before is not None and rows < before:
            self._loops.smaller_batch(rows, before)


def _is_of(value: object, package: str) -> bool:
    return f"{type(value).__module__}.".startswith(package)


def _rows(item: Any) -> int | None:
    """The rows of a batch; None where its parts have different ones."""
    parts = sys.modules["tensorflow"].nest.flatten(item)
    rows = {part.shape[0] if getattr(part, "shape", None) else None for part in parts}
    return rows.pop() if len(rows) == 1 else None
