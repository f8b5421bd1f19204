"""Processes of the tests on another backend than their own."""

from __future__ import annotations

import importlib.util
import os

import pytest

BACKENDS = ("jax", "torch")


def environment(backend: str) -> dict[str, str]:
    """The environment of a process on this backend; the test is skipped where it is not installed."""
    if backend != "tensorflow" and importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed (pip install errata[{backend}], then make test-backends)")
    return {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
