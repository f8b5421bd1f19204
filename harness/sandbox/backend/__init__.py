"""One file per way to confine; each defines ``BACKEND``, and is found by being there."""
