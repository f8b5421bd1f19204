"""Which sandbox a run gets: every backend is tried on this machine, the strongest first."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.model import Limits, Sandbox
from harness.sandbox import backend as folder
from harness.sandbox.box import Box
from harness.sandbox.errors import SandboxFailed, SandboxUnavailable
from harness.sandbox.plan import Backend

_PROBE = Limits(wall_seconds=20.0)


def choose() -> Sandbox:
    """The strongest sandbox that works here; raises SandboxUnavailable, saying what was tried."""
    reasons = []
    for backend in _confining():
        try:
            return open_backend(backend.name)
        except SandboxUnavailable as error:
            reasons.append(f"- {backend.name}: {error}; {backend.install}")
    raise SandboxUnavailable("no way to confine a program works on this machine:\n" + "\n".join(reasons))


def backends() -> list[tuple[str, bool, str]]:
    """(name, available, why not) of every confining backend, the strongest first."""
    found = []
    for backend in _confining():
        try:
            open_backend(backend.name)
            found.append((backend.name, True, ""))
        except SandboxUnavailable as error:
            found.append((backend.name, False, f"{error}; {backend.install}"))
    return found


def unconfined() -> Sandbox:
    """No protection at all but for limits: for programs that the user trusts and says so."""
    return open_backend("none")


def open_backend(name: str) -> Sandbox:
    """The backend of that name, proven to start a program; raises SandboxUnavailable, KeyError."""
    box = Box(name, _registry()[name].open())
    with TemporaryDirectory(prefix="errata-probe-") as folder:
        try:
            outcome = box.run(
                [sys.executable, "-I", "-S", "-c", "print(6 * 7)"], scratch=Path(folder), limits=_PROBE
            )
        except SandboxFailed as error:
            raise SandboxUnavailable(str(error)) from error
    if outcome.stdout != b"42\n":
        words = outcome.stderr.decode(errors="replace").strip() or f"{outcome}"
        raise SandboxUnavailable(f"a program that prints a number did not, in it: {words}")
    return box


def _confining() -> list[Backend]:
    found = [backend for backend in _registry().values() if backend.strength > 0]
    return sorted(found, key=lambda backend: -backend.strength)


@cache
def _registry() -> dict[str, Backend]:
    found: dict[str, Backend] = {}
    for info in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{folder.__name__}.{info.name}")
        backend = getattr(module, "BACKEND", None)
        if not isinstance(backend, Backend):
            raise TypeError(f"{module.__file__}: a sandbox backend must define BACKEND, a Backend")
        if backend.name in found:
            raise ValueError(f"{module.__file__}: there is already a sandbox backend named {backend.name!r}")
        found[backend.name] = backend
    return found
