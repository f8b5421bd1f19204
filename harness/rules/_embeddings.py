"""What a model gives to the embedding that it begins with."""

from __future__ import annotations

from harness.model import ModelSeen


def given_whole(seen: ModelSeen) -> bool:
    """Whether a model that begins with an embedding gives it all of its input, as far as its layers show."""
    embeddings = [layer for layer in seen.layers if layer.kind == "Embedding"]
    return seen.kind in {"Sequential", "Functional"} or len(embeddings) == 1
