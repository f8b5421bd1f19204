"""Lines of functions that AutoGraph rewrote.

TensorFlow runs ``tf.function`` bodies as rewritten copies in files of their own, and keeps a map from
their lines to those of the program.  The map is looked up in what TensorFlow holds already; where it
looks different than expected, the line is not known, as before.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

_MARK = "__autograph_generated_file"
_API = "tensorflow.python.autograph.impl.api"

_Lines = Mapping[int, int]


class Rewritten:
    """Line numbers of rewritten copies, as line numbers of one file."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._known: dict[str, _Lines] = {}

    def line(self, generated: str, number: int) -> int | None:
        """The line of our file that line ``number`` of a generated file stands for; None where unknown."""
        if _MARK not in generated:
            return None
        if generated not in self._known:
            try:
                self._known[generated] = self._lines(generated)
            except Exception:  # the insides of another TensorFlow may differ in any way
                self._known[generated] = {}
        return self._known[generated].get(number)

    def _lines(self, generated: str) -> _Lines:
        cache: Any = sys.modules[_API]._TRANSPILER._cache
        for made in list(cache._cache.values()):
            for factory in list(made.values()):
                if getattr(factory.module, "__file__", None) == generated:
                    return {
                        place.lineno: origin.loc.lineno
                        for place, origin in factory.source_map.items()
                        if place.filename == generated and origin.loc.filename == self._filename
                    }
        return {}
