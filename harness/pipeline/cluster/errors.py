"""What can go wrong with a cluster, as opposed to what can go wrong in a review."""

from __future__ import annotations


class ClusterError(Exception):
    """No cluster, or one that cannot go on; the message says which, why, and what to do."""
