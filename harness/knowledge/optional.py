"""Packages that frameworks import when they happen to be installed, and how they are kept from it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

#: They double the time that importing TensorFlow and Keras takes.
OPTIONAL = ("sklearn", "pandas", "matplotlib", "jax", "torch")


@contextmanager
def absent(packages: Sequence[str]) -> Iterator[None]:
    """Imports inside do not find these packages, unless they have been imported before."""
    hidden = [name for name in packages if name not in sys.modules]
    # None in sys.modules is Python's own way to say that there is no such module.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # typeshed leaves None out
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def import_keras(backend: str | None) -> None:
    """Import Keras, and the backend that is set for it, without what these merely look for.

    ``backend``: None where Keras' own settings choose it; each that it may be is then left to be found.
    The packages themselves can be imported afterwards.  Does nothing where Keras has been imported before.
    """
    needed = {backend} if backend else {"jax", "torch"}
    with absent([name for name in OPTIONAL if name not in needed]):
        importlib.import_module("keras")
