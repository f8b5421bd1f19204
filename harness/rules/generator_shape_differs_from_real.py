"""The generator makes examples of another shape than the real ones.

## What it finds

A generator whose output shape differs from the shape that the discriminator takes, or from that of
the real examples it is fed. What is compared is what reaches the discriminator: outputs that the
program reshapes on the way are judged by their new shape.

## Why it is wrong

The discriminator has a fixed input shape and refuses everything else; and where two shapes both
pass, they alone tell real from fake, so that nothing about the images has to be learned.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(196, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```

## Known limits

The line marked is the one that a reviewer would look at first: a transposed convolution that does
not enlarge, else the last layer that enlarges or reshapes, else the model's own line. A discriminator
that takes more channels may be given a condition in them: that is told only where it was trained, or
something failed over it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import ArraySummary, Fault, Roles, Severity
from harness.rules._data_places import argument, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._places import LayerPlace, damaged, model_line, model_place
from harness.rules._players import Shape, direct, holds, is_fake, is_real, pairs, shape_text
from harness.rules._program import keyword

SEVERITY = Severity.ERROR
NEEDS = "trace"

_ENLARGING = {"Conv2DTranspose", "UpSampling2D", "Conv1DTranspose", "UpSampling1D", "Conv3DTranspose"}
_SHAPING = {"Reshape", "Dense", "Flatten"}


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        if damaged(evidence, pair.generator) or damaged(evidence, pair.discriminator):
            continue
        made, wanted = _made(evidence, pair), _taken(evidence, pair)
        if made is None or wanted is None or _fits(made, wanted) or _joined(evidence, pair):
            continue
        faults = tuple(_faults(evidence, pair, made, wanted))
        met = faults or direct(evidence, pair.discriminator)
        if not met and _room_for_more(made, wanted):
            continue
        line, end = _line(evidence, pair.generator, made, wanted)
        if line is None:
            continue
        name, judge = evidence.name_of(pair.generator), evidence.name_of(pair.discriminator)
        message = (
            f"`{name}` makes examples of shape {shape_text(made)}, but `{judge}` takes examples of shape "
            f"{shape_text(wanted)}. {_real(evidence, pair, wanted)}"
        )
        yield Match(
            line,
            message,
            end_line=end,
            evidence={"model": pair.discriminator, "made": list(made), "taken": list(wanted)},
            explains=tuple(fault.seq for fault in faults),
        )


def _real(evidence: Evidence, pair: Roles, wanted: Shape) -> str:
    """What is to be done, which depends on the shape of the real examples."""
    calls = (call for call in direct(evidence, pair.discriminator) if call.inputs and is_real(call.inputs[0]))
    call = next(calls, None)
    if call is None or call.inputs[0].shape[1:] == wanted:
        name = evidence.name_of(pair.generator)
        return f"Change the layers of `{name}` so that it makes examples of that shape."
    array = root_name(argument(evidence, call, 0))
    named = f"`{array}`, " if array else ""
    return (
        f"The real examples ({named}fed in line {call.line}) have the shape "
        f"{shape_text(call.inputs[0].shape[1:])}. Bring all three to one shape."
    )


def _direct_inputs(evidence: Evidence, pair: Roles) -> list[ArraySummary]:
    return [array for call in direct(evidence, pair.discriminator) for array in call.inputs[:1]]


def _made(evidence: Evidence, pair: Roles) -> Shape | None:
    """The shape of one fake example as it reaches the discriminator."""
    fed = [a for a in _direct_inputs(evidence, pair) if is_fake(a, pair.generator)]
    if fed:
        return fed[0].shape[1:]
    if any(not is_real(a) and a.origin not in {"random", "constant"} for a in _direct_inputs(evidence, pair)):
        return None  # the fakes may be among these, in another shape
    shapes = evidence.models[pair.generator].output_shapes
    return shapes[0][1:] if len(shapes) == 1 else None


def _taken(evidence: Evidence, pair: Roles) -> Shape | None:
    shapes = evidence.models[pair.discriminator].input_shapes
    return shapes[0][1:] if len(shapes) == 1 else None


def _fits(made: Shape, wanted: Shape) -> bool:
    """Whether Keras accepts one for the other; it adds or drops a last axis of one."""
    if len(made) == len(wanted):
        return all(a is None or b is None or a == b for a, b in zip(made, wanted, strict=True))
    longer, shorter = sorted((made, wanted), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and longer[-1] == 1 and _fits(longer[:-1], shorter)


def _room_for_more(made: Shape, wanted: Shape) -> bool:
    """Whether a condition may be meant to come beside the example: labels or an image, as more channels."""
    if len(made) != len(wanted) or not made or made[:-1] != wanted[:-1]:
        return False
    return made[-1] is not None and wanted[-1] is not None and made[-1] < wanted[-1]


def _joined(evidence: Evidence, pair: Roles) -> bool:
    """Whether a training call shows that the one accepts the other's output."""
    accepted = any(
        call.error is None and any(is_fake(array, pair.generator) for array in call.inputs)
        for call in direct(evidence, pair.discriminator)
    )
    whole = {pair.generator, pair.discriminator}
    through = any(call.error is None and whole <= set(call.through) for call in evidence.training)
    # A subclass that only keeps both has not put the one behind the other.
    built = (m.model for m in evidence.models.values() if m.kind in {"Sequential", "Functional"})
    return accepted or through or any(holds(evidence, model, *whole) for model in built)


def _faults(evidence: Evidence, pair: Roles, made: Shape, wanted: Shape) -> Iterator[Fault]:
    lines = {
        call.line
        for call in evidence.calls
        if call.error
        and call.model == pair.discriminator
        and any(is_fake(a, pair.generator) for a in call.inputs)
    }
    return (f for f in evidence.faults if f.line in lines or _joint(f.message) or _names(f, made, wanted))


def _names(fault: Fault, made: Shape, wanted: Shape) -> bool:
    """Whether a fault is about the very sizes that differ, of which it names both."""
    said = set(re.findall(r"\d+", fault.message))
    apart = [(a, b) for a, b in zip(made, wanted, strict=False) if a != b]
    return fault.type in _OF_SHAPES and any({str(a), str(b)} <= said for a, b in apart)


_OF_SHAPES = {"ValueError", "InvalidArgumentError"}


def _joint(message: str) -> bool:
    """Whether examples of two shapes could not be joined to one batch."""
    return "concatenation axis must match" in message or "ConcatOp : Dimension" in message


def _line(evidence: Evidence, model: int, made: Shape, wanted: Shape) -> tuple[int | None, int | None]:
    place = model_place(evidence, model)
    if place is None:
        return model_line(evidence, model), None
    enlarging = [layer for layer in place.layers if layer.kind in _ENLARGING]
    if enlarging and len(made) == len(wanted) and _smaller(made, wanted):
        idle = [layer for layer in enlarging if layer.kind.endswith("Transpose") and _stride_one(layer)]
        chosen = (idle or enlarging)[-1]
        return chosen.line, chosen.end_line
    begun = [layer for layer in place.layers if layer.kind == "Reshape"]
    if enlarging and begun and _scaled(begun[-1], made, wanted):
        return begun[-1].line, begun[-1].end_line
    shaping = [layer for layer in place.layers if layer.kind in _SHAPING or layer.kind.startswith("Conv")]
    return (shaping[-1].line, shaping[-1].end_line) if shaping else (place.line, place.end_line)


def _scaled(reshape: LayerPlace, made: Shape, wanted: Shape) -> bool:
    """Whether another size to begin with would do: 7 in place of 8, where 32 is made and 28 wanted."""
    numbers = [n.value for n in ast.walk(reshape.call) if isinstance(n, ast.Constant)]
    size, much, right = numbers[0] if numbers else None, made[0], wanted[0]
    if not isinstance(size, int) or not much or not right or much % size or len(made) != len(wanted):
        return False
    enlarged = much // size
    return right % enlarged == 0 and right // enlarged != size and enlarged > 1


def _smaller(made: Shape, wanted: Shape) -> bool:
    return made[0] is not None and wanted[0] is not None and made[0] < wanted[0]


def _stride_one(layer: LayerPlace) -> bool:
    strides = keyword(layer.call, "strides") or (layer.call.args[2] if len(layer.call.args) > 2 else None)
    if strides is None:
        return True
    numbers = [node.value for node in ast.walk(strides) if isinstance(node, ast.Constant)]
    return bool(numbers) and all(number == 1 for number in numbers)
