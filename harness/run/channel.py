"""The record channel: one signed line per event.

The code under review runs in the same process as the worker that writes these lines, so a record is
a claim.  The signature keeps plain forgery out (lines written to every open descriptor, an early
"finished" record); what stays possible is written down in ``docs/confinement.md``.
"""

from __future__ import annotations

import hmac
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_DIGEST = "sha256"
_SIGNATURE = 64  # hexadecimal digits


def _private(module: ModuleType) -> ModuleType:
    """A second instance of a module, which nobody finds in ``sys.modules`` to patch."""
    spec = module.__spec__
    if spec is None or spec.loader is None:
        return module
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


def writer(descriptor: int, key: bytes) -> Callable[[dict[str, Any]], None]:
    """A function that writes one signed record.  All that it needs is bound here, early."""
    encode = _private(sys.modules["json.encoder"]).JSONEncoder(allow_nan=True).encode
    sign, write = hmac.digest, os.write

    def record(value: dict[str, Any]) -> None:
        payload = encode(value).encode()
        # The newline in front ends whatever somebody else left on this line.
        line = b"\n" + sign(key, payload, _DIGEST).hex().encode() + b" " + payload + b"\n"
        while line:
            line = line[write(descriptor, line) :]

    return record


def verify(line: bytes, key: bytes) -> object | None:
    """What an authentic line says, else None."""
    signature, space, payload = line.partition(b" ")
    if not space or len(signature) != _SIGNATURE:
        return None
    if not hmac.compare_digest(signature, hmac.digest(key, payload, _DIGEST).hex().encode()):
        return None
    try:
        value: object = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value
