"""Numbers of layers that a text gives, against the network that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.model import LayerSeen, ModelSeen
from harness.rules._evidence import Match
from harness.rules._prose import Sentence, asserted, quoted

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNT = re.compile(
    rf"\b(?P<number>{'|'.join(_NUMBERS)}|\d) (?:\d*D )?(?P<kind>transposed convolution|deconvolution|"
    r"convolution|dense|fully[- ]connected|dropout|(?:max[- ]?|average[- ]?)?pooling|"
    r"batch.?normali[sz]ation)\w* layers?\b",
    re.IGNORECASE,
)
_GROUPED = re.compile(
    r"\b(blocks?|each|every|per|repeat\w*|times|groups?|pairs?|stacks?|hidden|at least|more|another|"
    r"additional|further|first|last|final)\b",
    re.IGNORECASE,
)
# What Keras calls so holds no other layers.
_PLAIN = re.compile(
    r"InputLayer|Dense|(Separable|Depthwise)?Conv\dD(Transpose)?|\w*Pooling\dD|\w*Dropout\w*|Flatten|Reshape|"
    r"BatchNormalization|LeakyReLU|ReLU|ELU|PReLU|Softmax|Activation|UpSampling\dD|ZeroPadding\dD|Rescaling"
)


def miscounted(sentence: Sentence, part: Sentence, said: re.Match[str], seen: ModelSeen) -> Iterator[Match]:
    """Numbers of layers that a network has not, however one counts, in what ``part`` says of it.

    ``said`` has the groups "who" and "what"; "what" is searched.  A kind that is missing altogether is
    another finding.
    """
    plain = all(_PLAIN.fullmatch(layer.kind) for layer in seen.layers)
    if not plain or _GROUPED.search(part.text) or not asserted(sentence):
        return
    for claim in _COUNT.finditer(part.text, *said.span("what")):
        number = claim["number"].lower()
        wanted = _NUMBERS.index(number) + 1 if number in _NUMBERS else int(number)
        counts = _counts(claim["kind"].lower(), seen.layers)
        if wanted in counts or max(counts) == 0:
            continue
        message = (
            f"The text says {quoted(claim)} of the {said['who'].lower()}, but `{seen.names[0]}` has "
            f"{max(counts)} of them: correct one of the two."
        )
        line, end = part.lines_of(claim)
        found = {"text": sentence.text, "claimed": wanted, "layers": max(counts)}
        yield Match(line, message, end_line=end, evidence=found)


def _counts(kind: str, layers: Sequence[LayerSeen]) -> set[int]:
    """How many layers of a kind a reader may find: with the last one of all or without it."""
    transposed = sum("Transpose" in layer.kind for layer in layers)
    if kind.startswith(("transposed", "deconv")):
        return {transposed, max(transposed - 1, 0)}
    if kind.startswith("conv"):
        every = sum("Conv" in layer.kind for layer in layers)
        return {n for count in (every, every - transposed, transposed) for n in (count, max(count - 1, 0))}
    if kind.startswith(("dense", "fully")):
        dense = sum(layer.kind == "Dense" for layer in layers)
        return {dense, max(dense - 1, 0)}
    words = {"dropout": "Dropout", "batch": "BatchNormalization"}
    wanted = next((word for start, word in words.items() if kind.startswith(start)), "Pool")
    return {sum(wanted in layer.kind for layer in layers)}
