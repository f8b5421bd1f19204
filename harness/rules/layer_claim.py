"""The text names kinds of layers that the network does not have.

## What it finds

A sentence that says what the generator, discriminator, encoder, decoder or classifier consists of,
and names convolution, pooling, downsampling, upsampling, dropout, batch normalisation, recurrent or
several fully connected layers, where the network of that name has none; or that gives a number of its
layers of one kind, where it has another.

## Why it is wrong

The reader learns an architecture from the text that the code does not build, and results are laid
to layers that are not there.

## Example

~~~~markdown
The discriminator will consist of a series of convolutional and downsampling layers.

```python
from keras import Input, Sequential, layers

discriminator = Sequential(
    [
        Input((28, 28, 1)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
```
~~~~

## Read instead

~~~~markdown
The discriminator will consist of a series of convolutional and downsampling layers.

```python
from keras import Input, Sequential, layers

discriminator = Sequential(
    [
        Input((28, 28, 1)),
        layers.Conv2D(4, 3, padding="same", strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
```
~~~~

## Known limits

Only networks that the run described and that are held by a variable of that name. Readers count layers
differently: a number may leave out the last layer, and transposed convolutions are convolutions or not.
Sentences that speak of blocks or hidden layers are left alone, and so are networks with layers of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from harness.model import LayerSeen, ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._layer_counts import miscounted
from harness.rules._places import constructed
from harness.rules._prose import sentences

SEVERITY = Severity.NOTE
NEEDS = "trace"

_SAYS = re.compile(
    r"\b(?P<who>generator|discriminator|encoder|decoder|classifier)\b(?: \([A-Z]\))? (?:network |model )?"
    r"(?:will )?(?:consists? of|be composed of|is composed of|be made of|is made of|uses?)\b(?P<what>[^.]*)",
    re.IGNORECASE,
)
_NEXT = re.compile(r",? (?:while|whereas|but) ", re.IGNORECASE)


def _kind(*parts: str) -> Callable[[Sequence[LayerSeen]], bool]:
    return lambda layers: any(part in layer.kind for layer in layers for part in parts)


def _narrows(layers: Sequence[LayerSeen]) -> bool:
    """Whether any layer makes its input smaller: pooling, or a stride above one."""
    strided = any(layer.kind.startswith("Conv") and _stride(layer) > 1 for layer in layers)
    return strided or any("Pool" in layer.kind for layer in layers)


def _stride(layer: LayerSeen) -> float:
    strides = layer.settings.get("strides", 1)
    return max(strides) if isinstance(strides, list | tuple) and strides else strides or 1


def _dense(layers: Sequence[LayerSeen]) -> bool:
    return sum(layer.kind == "Dense" for layer in layers) > 1


# What the text may say -> whether the layers bear it out.
_CLAIMS: dict[str, Callable[[Sequence[LayerSeen]], bool]] = {
    r"(?<!de)convolution": _kind("Conv"),
    r"pooling": _kind("Pool"),
    r"down-?sampling layers?": _narrows,
    r"(?<!un)strided convolutions?|strides? of (2|two)\b": _narrows,
    r"up-?sampling layers?": _kind("UpSampling", "Transpose", "Resizing"),
    r"dropout": _kind("Dropout"),
    r"batch.?normali[sz]ation": _kind("BatchNormalization"),
    r"recurrent|LSTM": _kind("LSTM", "GRU", "RNN"),
    r"(series of|several|multiple) (fully.connected|dense) layers": _dense,
}


def find(evidence: Evidence) -> Iterator[Match]:
    for sentence in sentences(evidence):
        for part in sentence.parts(_NEXT):
            said = _SAYS.search(part.text)
            seen = _network(evidence, said["who"].lower()) if said else None
            if said is None or seen is None:
                continue
            for pattern, holds in _CLAIMS.items():
                named = re.compile(pattern, re.IGNORECASE).search(part.text, *said.span("what"))
                if named and not holds(seen.layers):
                    kinds = list(dict.fromkeys(layer.kind for layer in constructed(seen)))
                    message = (
                        f'The text says "{named[0]}" of the {said["who"].lower()}, but '
                        f"`{seen.names[0]}` is made of {', '.join(kinds)}: correct one of the two."
                    )
                    line, end = part.lines_of(named)
                    found = {"text": sentence.text, "layers": kinds}
                    yield Match(line, message, end_line=end, evidence=found)

            yield from miscounted(sentence, part, said, seen)


def _network(evidence: Evidence, who: str) -> ModelSeen | None:
    """The one model that a variable of this name holds, where all its layers are plain."""
    held = [seen for seen in evidence.models.values() if who in seen.names and not seen.contains]
    return held[0] if len(held) == 1 and held[0].kind in {"Sequential", "Functional"} else None
