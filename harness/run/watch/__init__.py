"""Observers of training: they run in the confined worker and change nothing that they watch."""

from harness.run.watch.hooks import Hooks
from harness.run.watch.watcher import Watcher, install

__all__ = ["Hooks", "Watcher", "install"]
