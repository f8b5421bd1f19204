"""The text gives the latent space another size than the code.

## What it finds

A sentence that says how many dimensions the latent space or the noise has, in an article with one generator
or decoder, which takes vectors of another length, and whose code has the number of the text nowhere.

## Why it is wrong

The reader makes noise for a network that does not take it, or believes that the pictures were made from less
or more than they were.

## Example

~~~~markdown
The generator starts from a latent space of 100 dimensions.

```python
import numpy as np
from keras import Input, Sequential, layers

decoder = Sequential([Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(64)])
decoder.compile(loss="mse", optimizer="adam")
decoder.fit(np.random.normal(size=(32, 16)), np.ones((32, 64)), verbose=0)
```
~~~~

## Read instead

~~~~markdown
The generator starts from a latent space of 16 dimensions.

```python
import numpy as np
from keras import Input, Sequential, layers

decoder = Sequential([Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(64)])
decoder.compile(loss="mse", optimizer="adam")
decoder.fit(np.random.normal(size=(32, 16)), np.ones((32, 64)), verbose=0)
```
~~~~

## Known limits

Generators are known by what flows through them, decoders by the name of the variable that holds them. Where
there are several sizes nothing is said, and sentences about what could be or is usual are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._claimed import numbers_written
from harness.rules._evidence import Evidence, Match
from harness.rules._players import pairs
from harness.rules._prose import asserted, quoted, sentences

SEVERITY = Severity.WARNING
NEEDS = "trace"

_SPACE = r"(?:latent|noise) (?:space|vector|code|input)s?"
_SIZE = r"(?P<size>\d+)(?![\d.,]*\d|\s*(?:x|\u00d7|by\b))"
_CLAIMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_SPACE} (?:of|has|with|is)(?: a)? (?:size|length|dimension(?:ality)?)(?: of)? {_SIZE}",
        rf"\b{_SPACE} (?:of|has|with) {_SIZE} (?:dimensions|numbers|values|components|elements|units)\b",
        rf"\blatent (?:dimension(?:ality)?|size) (?:of|is) {_SIZE}",
        rf"(?<![\d.,]){_SIZE}[- ]dimensional (?:random )?{_SPACE}",
    )
)


def find(evidence: Evidence) -> Iterator[Match]:
    sizes = _sizes(evidence)
    if len(sizes) != 1:
        return
    ((size, name),) = sizes.items()
    written = numbers_written(evidence)
    for sentence in sentences(evidence):
        claims = [claim for pattern in _CLAIMS for claim in pattern.finditer(sentence.text)]
        if len(claims) != 1 or not asserted(sentence):
            continue
        said = int(claims[0]["size"])
        if said == size or said in written:
            continue
        message = (
            f"The text says {quoted(claims[0])}, but `{name}` takes vectors of {size} numbers. Correct one "
            "of the two."
        )
        first, last = sentence.lines_of(claims[0])
        found = {"text": sentence.text, "claimed": said, "size": size}
        yield Match(first, message, end_line=last, evidence=found)


def _sizes(evidence: Evidence) -> dict[int, str]:
    """The lengths of the vectors that generators and decoders take, each with the name of one that does."""
    makers = {pair.generator for pair in pairs(evidence)}
    makers |= {
        seen.model
        for seen in evidence.models.values()
        if any(name.lower().endswith(("decoder", "generator")) for name in seen.names)
    }
    found: dict[int, str] = {}
    for seen in (evidence.models[maker] for maker in sorted(makers)):
        shapes = seen.input_shapes
        if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][1] is None:
            return {}
        found.setdefault(shapes[0][1], evidence.name_of(seen.model))
    return found
