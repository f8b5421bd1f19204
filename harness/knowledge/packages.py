"""Which packages are known by name."""

from __future__ import annotations

import sys
import tomllib
from functools import cache
from importlib.resources import files


@cache
def known_packages() -> frozenset[str]:
    """Import names of third-party packages, from ``packages.toml``."""
    table = tomllib.loads(files(__package__).joinpath("packages.toml").read_text("utf-8"))
    return frozenset(table["packages"])


def is_known(package: str) -> bool:
    """Whether a package is Python's own (this version's) or in the table."""
    return package in sys.stdlib_module_names or package in known_packages()
