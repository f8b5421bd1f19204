"""Answers kept under the digest of everything they depend on; nothing that is read is ever executed."""

from harness.cache.key import digest, installed, sources
from harness.cache.store import Store, Use

__all__ = ["Store", "Use", "digest", "installed", "sources"]
