"""Images that Keras's generators read from files: what these do to the pixels, and to the labels."""

from __future__ import annotations

import ast

from harness.model import Call
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence
from harness.rules._predicted import bound_once
from harness.rules._program import called, keyword

_READING = {"flow_from_directory", "flow_from_dataframe"}
_GENERATOR = "ImageDataGenerator"
# What brings the pixels, 0 to 255 as they are read, into another range.
_SCALING = {"rescale", "preprocessing_function", "featurewise_center", "samplewise_center"}


def reader(evidence: Evidence, call: Call) -> ast.Call | None:
    """The call that reads the images which a model is given, where the text shows it."""
    given = argument(evidence, call, 0)
    if isinstance(given, ast.Name):
        given = bound_once(evidence, given.id)
    return given if isinstance(given, ast.Call) and called(given) in _READING else None


def generator_unscaled(evidence: Evidence, reading: ast.Call) -> ast.Call | None:
    """The generator by which images are read, where it leaves their pixels as they are."""
    owner = reading.func.value if isinstance(reading.func, ast.Attribute) else None
    made = bound_once(evidence, owner.id) if isinstance(owner, ast.Name) else owner
    if not isinstance(made, ast.Call) or called(made) != _GENERATOR:
        return None
    plain = all(word.arg is not None and word.arg not in _SCALING for word in made.keywords)
    return made if plain and not made.args else None


def reads_rows(reading: ast.Call) -> bool:
    """Whether the labels come as rows, one number for each class: so they do where nothing is said."""
    mode = keyword(reading, "class_mode")
    named = all(word.arg is not None for word in reading.keywords)
    return named and (mode is None or (isinstance(mode, ast.Constant) and mode.value == "categorical"))
