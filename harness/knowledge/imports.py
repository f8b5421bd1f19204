"""Which import gives a well-known name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class WellKnown:
    """Imports by the name they bind; ``keras`` maps a name to its module, the others to the line."""

    keras: dict[str, str]
    modules: dict[str, str]
    names: dict[str, str]


@cache
def well_known() -> WellKnown:
    """The table of well-known names, from ``imports.toml``."""
    table = tomllib.loads(files(__package__).joinpath("imports.toml").read_text("utf-8"))
    keras = {name: module for module, names in table["keras"].items() for name in names}
    return WellKnown(keras, table["modules"], table["names"])


def uses_tensorflow_keras(program: str) -> bool:
    """Whether a program takes Keras from TensorFlow.  An import of plain ``keras`` says no."""
    if re.search(r"^\s*(from\s+keras\b|import\s+keras\b)", program, flags=re.MULTILINE):
        return False
    return (
        re.search(r"\btensorflow\.keras\b|\bfrom\s+tensorflow\s+import\s+.*\bkeras\b|\btf\.keras\b", program)
        is not None
    )


def import_for(name: str, program: str, *, called: bool = False) -> str | None:
    """The import line that a program needs for ``name``, or None where the name is not well known.

    ``called`` says that the name itself is called (``time()``, not ``time.time()``).
    """
    table = well_known()
    if name in table.keras:
        line = f"from {table.keras[name]} import {name}"
    elif name in table.names and (called or name not in table.modules):
        line = table.names[name]
    elif name in table.modules and not called:
        line = table.modules[name]
    else:
        return None
    if uses_tensorflow_keras(program):
        if line == "import keras":
            return "from tensorflow import keras"
        line = re.sub(r"^from keras\b", "from tensorflow.keras", line)
    return line
