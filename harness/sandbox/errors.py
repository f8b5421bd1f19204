"""What can go wrong with a sandbox, as opposed to what can go wrong inside one."""

from __future__ import annotations


class SandboxUnavailable(RuntimeError):
    """No backend works on this machine; the message says what was tried and what to install."""


class SandboxFailed(RuntimeError):
    """A backend that worked when it was probed could not start this run."""
