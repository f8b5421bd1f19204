"""The article is about generated data, and its program ends without making any.

## What it finds

A Markdown article whose text speaks of generated data, and whose program trains a pair to the end and
then stops: the generator is not asked for anything afterwards, no picture is shown or saved anywhere in
the program, and no model either.

## Why it is wrong

The losses of two networks that play against each other do not tell how good the generated examples are:
each is measured against the other, and both change. The only check that a reader can make is to look at
some, and the program gives nothing to look at.

## Example

~~~~markdown
# Digits out of nothing

A generative adversarial network learns to generate images of digits that look real.

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train.reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(20000):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 60000, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```
~~~~

## Read instead

~~~~markdown
# Digits out of nothing

A generative adversarial network learns to generate images of digits that look real.

```python
import numpy as np
from keras import Input, Sequential, layers, utils
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train.reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(20000):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 60000, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))

digits = generator.predict(np.random.normal(size=(4, 16)))
utils.save_img("digits.png", digits.reshape(112, 28, 1))
```
~~~~

## Known limits

Scripts, whose comments are not read, are left alone. Anything that shows, saves or writes a
picture, an array or a model keeps the rule silent, whatever it shows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import involves, is_whole, pairs
from harness.rules._program import called
from harness.rules._prose import Sentence, sentences

SEVERITY = Severity.NOTE
NEEDS = "trace"
ECHO_OF = ("evaluation-says-nothing",)

_SHOWING = re.compile(r"imshow|matshow|show|display|\w*save\w*|imwrite|to_file|export|write\w*|dump")
_SPEAKS = re.compile(
    r"\b(?:generat(?:e|es|ed|ing|ion)|synthe(?:tic|size[sd]?|sizing|sis)|realistic|fake)\b"
    r"[^.]*\b(?:data|images?|digits?|samples?|pictures?|faces|examples?|photos?|outputs?)\b",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    said = next((one for one in sentences(evidence) if _SPEAKS.search(one.text)), None)
    if said is None or not is_whole(evidence) or _shows(evidence):
        return
    for pair in pairs(evidence):
        match = _nothing(evidence, pair, said)
        if match is not None:
            yield match


def _shows(evidence: Evidence) -> bool:
    names = (called(node) for node in evidence.nodes if isinstance(node, ast.Call))
    return any(name is not None and _SHOWING.fullmatch(name) for name in names)


def _nothing(evidence: Evidence, pair: Roles, said: Sentence) -> Match | None:
    """The last training of a pair whose generator nobody asks for anything afterwards."""
    players = (pair.generator, pair.discriminator)
    lines = [
        call.line
        for call in evidence.training
        if call.line is not None and any(involves(call, player) for player in players)
    ]
    if not lines:
        return None
    end = max(lines)
    asked = {pair.generator, pair.combined} - {None}
    # Calls in a training loop feed the next step; folded ones are told late, so the line decides.
    if any(
        not call.trains and call.model in asked and (call.line is None or call.line > end)
        for call in evidence.calls
    ):
        return None
    message = (
        f"The program ends with this training: `{evidence.name_of(pair.generator)}` is never asked for an "
        f"example, though the article is about them (line {said.line}). Let it make some, and show them."
    )
    return Match(end, message, evidence={"model": pair.generator, "said_at": said.line})
