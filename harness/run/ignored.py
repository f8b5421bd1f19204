"""Refuses, in a review, what Keras 3 takes into ``**kwargs`` and forgets, so that it is told and mended.

``load_data(nb_words=1000)`` loads all words there, and nothing is said.  Only names that the table of changes
has are refused, in the words of Python's own refusal.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from harness.knowledge.changes import changes

#: What such a refusal ends in: the call itself would have gone on.
SILENTLY = "which Keras 3 ignores"
_DATA_SETS = "keras.src.datasets"


def refuse(keras: ModuleType) -> None:
    """Refuse old arguments of Keras 3's data sets and callbacks; Keras 2 knows them, or says no itself."""
    if not hasattr(keras, "ops"):
        return
    for name in ("imdb", "reuters"):
        _look_in(importlib.import_module(f"{_DATA_SETS}.{name}"))
    for owner in {owner for owner, _ in changes().arguments}:
        kind = getattr(keras.callbacks, owner, None)
        if isinstance(kind, type) and _takes_more(kind):
            _look_before(kind, owner)


def _check(owner: str, names: Iterable[str]) -> None:
    for name in names:
        if changes().argument([owner], name) is not None:
            raise TypeError(f"{owner}() got an unexpected keyword argument '{name}', {SILENTLY}")


def _takes_more(kind: type) -> bool:
    return any(one.kind is one.VAR_KEYWORD for one in inspect.signature(kind).parameters.values())


def _look_in(module: ModuleType) -> None:
    """Where the data are fetched, see what ``load_data`` was given: its name has been handed out already."""
    get_file = vars(module).get("get_file")
    if get_file is None:
        return

    def looked(*arguments: Any, **options: Any) -> Any:
        _check("load_data", sys._getframe(1).f_locals.get("kwargs") or ())
        return get_file(*arguments, **options)

    vars(module)["get_file"] = looked


def _look_before(kind: Any, owner: str) -> None:
    made = kind.__init__

    @functools.wraps(made)
    def looked(self: Any, *arguments: Any, **options: Any) -> None:
        _check(owner, options)
        made(self, *arguments, **options)

    kind.__init__ = looked
