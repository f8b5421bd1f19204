"""What must be the same on every machine, so that it does not matter which one makes a review."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.cache import sources
from harness.data import DataError
from harness.data.full import full_archive
from harness.pipeline.reviewing import open_sandbox
from harness.sandbox import SandboxUnavailable

#: (what, which) of everything on which reviews depend besides article and options.
Setup = tuple[tuple[str, str], ...]

# Those that read articles, those that articles import, and those to which Keras adapts.
_PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
    "tf_keras",
    "jax",
    "torch",
    "scikit-learn",
    "pandas",
    "matplotlib",
    "markdown-it-py",
    "nbformat",
)


@cache
def setup(mnist: Path | None) -> Setup:
    """How this process would make reviews.  Raises DataError where the data that were named are not here."""
    repeated = full_archive(mnist).repeated_from
    return (
        ("Python", "{}.{}".format(*sys.version_info)),
        ("errata", f"the one whose modules have the digest {sources('')[:12]}"),
        *((name, _version(name)) for name in _PACKAGES),
        ("MNIST", "the full set" if repeated is None else f"{repeated} images, repeated"),
    )


@cache
def unfitness(wanted: Setup, mnist: Path | None, unsafe: bool) -> str:
    """Why this process must make no reviews for somebody with the setup ``wanted``; "" where it may."""
    try:
        here = setup(mnist)
        open_sandbox(unsafe)
    except (DataError, SandboxUnavailable) as error:
        return "; ".join(str(error).splitlines())
    different = [
        f"its {name} is {found}, the client's {expected}"
        for (name, found), (_, expected) in zip(here, wanted, strict=True)
        if found != expected
    ]
    return "; ".join(different)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
