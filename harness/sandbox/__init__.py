"""How untrusted code is confined: one file per backend, probed live; knows nothing of Keras."""

from harness.sandbox.choice import backends, choose, open_backend, unconfined
from harness.sandbox.errors import SandboxFailed, SandboxUnavailable

__all__ = ["SandboxFailed", "SandboxUnavailable", "backends", "choose", "open_backend", "unconfined"]
