"""Where MNIST comes from.  No ML framework is imported here, and NumPy only when it is needed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.data.cache import cache_folder, write_atomically
    from harness.data.embedded import embedded_mnist
    from harness.data.errors import DataError
    from harness.data.fetch import MNIST_SHA256, MNIST_URL, fetch_mnist
    from harness.data.store import Mnist, find_mnist, load_mnist

__all__ = [
    "MNIST_SHA256",
    "MNIST_URL",
    "DataError",
    "Mnist",
    "cache_folder",
    "embedded_mnist",
    "fetch_mnist",
    "find_mnist",
    "load_mnist",
    "write_atomically",
]

_MODULES = {
    "MNIST_SHA256": "fetch",
    "MNIST_URL": "fetch",
    "DataError": "errors",
    "Mnist": "store",
    "cache_folder": "cache",
    "embedded_mnist": "embedded",
    "fetch_mnist": "fetch",
    "find_mnist": "store",
    "load_mnist": "store",
    "write_atomically": "cache",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
