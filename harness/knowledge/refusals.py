"""The words in which libraries refuse what they took before, where several parts must know them."""

from __future__ import annotations

import re

#: Metrics by their names where Keras 3 takes weights of losses: keras.src.backend.common.dtypes, and Keras.
NAMES_AS_LOSS_WEIGHTS = re.compile(
    r"dtype='string' is not a valid dtype|`loss_weights` must match the number of losses"
)
#: Metrics and functions there: TensorFlow, and Keras.
OBJECTS_AS_LOSS_WEIGHTS = re.compile(
    r"(?:Failed to convert elements of|Attempt to convert a value \(|Received instead: loss_weights=)\s*"
    r"<(?:\w+ name=|function )"
)
