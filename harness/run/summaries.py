"""``tf.summary.scalar`` and its like where TensorBoard is not installed.

TensorFlow asks TensorBoard for them and raises without it.  What they write has no part in training, so
that for want of a package a whole training step would go unseen.  Only the module that TensorFlow asks for
is put in place; a program that imports TensorBoard itself is told that it is missing.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

_ASKED = "tensorboard.summary.v2"
_WRITERS = ("audio", "histogram", "image", "scalar", "text")


def stand_in() -> None:
    """Let TensorFlow find summaries that write nothing; does nothing where TensorBoard is installed."""
    if _ASKED in sys.modules or importlib.util.find_spec("tensorboard") is not None:
        return
    module = ModuleType(_ASKED)
    for name in _WRITERS:
        setattr(module, name, _unwritten)
    sys.modules[_ASKED] = module


def _unwritten(*args: Any, **kwargs: Any) -> bool:
    """As TensorFlow has it: False where no summary was written."""
    return False
