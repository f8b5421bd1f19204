"""The generator is trained towards the side that the discriminator was taught is fake.

## What it finds

A discriminator that is trained with one label for real and another for generated examples, and a
generator that is trained, through it, towards the label of the generated ones.

## Why it is wrong

The generator's step must push the discriminator's answer towards what it was taught for real
examples. Pushed the other way, the generator learns to be recognised as fake. Which number means
real does not matter, as long as all steps agree.

## Example

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
    gan.train_on_batch(noise, np.zeros((16, 1)))
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

Labels that vary by smoothing are compared by their middle. Of losses written by hand only their slope is
known: where they drive what the discriminator says.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from harness.model import ArraySummary, Call, Roles, Severity, Step
from harness.rules._evidence import Evidence, Match
from harness.rules._judged import example, verdicts
from harness.rules._losses import functions
from harness.rules._players import direct, is_fake, is_real, number, pairs, taken_at
from harness.rules._players_losses import exchanged, has_own_loss, loss_of
from harness.rules._wasserstein import difference_of_means

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in (*pairs(evidence), *_judging(evidence)):
        yield from _driven(evidence, pair)
    for pair in pairs(evidence):
        own = direct(evidence, pair.discriminator)
        real = _labels(evidence, pair, (call for call in own if _of_data(call, pair)))
        fake = _labels(evidence, pair, (call for call in own if _of_generator(call, pair)))
        if real is None and fake is not None and not any(_of_data(call, pair) for call in own):
            # Data that no observer knows are what no network made.
            real = _labels(evidence, pair, (call for call in own if not _of_generator(call, pair)))
        if real is None and fake is None:
            real, fake = _in_one_batch(evidence, pair)
        steps = [call for call in evidence.training if _through(call, pair)]
        aim = _labels(evidence, pair, steps)
        if real is None or fake is None or aim is None or abs(real - fake) < 0.2 or steps[0].line is None:
            continue
        if not _alike(evidence, pair, steps[0]):
            continue
        if abs(aim - fake) < abs(aim - real):
            message = (
                f"The generator is trained towards the label {number(aim)}, but "
                f"`{evidence.name_of(pair.discriminator)}` is taught that {number(fake)} means generated and "
                f"{number(real)} means real. Train the generator towards {number(real)}."
            )
            found = {"model": pair.generator, "real": real, "fake": fake, "aim": aim}
            yield Match(steps[0].line, message, evidence=found)


def _judging(evidence: Evidence) -> Iterator[Roles]:
    """Networks that are trained against each other and are no such pair: codes, held against drawn ones."""
    known = {pair.discriminator for pair in pairs(evidence)}
    for probe in evidence.probes("pushes"):
        for step in probe.result.get("steps", ()):
            drawn = any(fed["origin"] == "random" and fed["maker"] is None for fed in step["fed"])
            for fed in step["fed"] if drawn and len(step["trained"]) == 1 else ():
                alone = fed["maker"] is not None and step["trained"][0] == fed["model"] not in known
                if alone and {fed["maker"], fed["model"]} <= set(evidence.models):
                    yield Roles(fed["maker"], fed["model"], None)


def _driven(evidence: Evidence, pair: Roles) -> Iterator[Match]:
    """Hand-written steps: both players' losses drive the verdict on generated images to one side."""
    g, d = pair.generator, pair.discriminator
    aim = _ways(evidence, g, d, lambda maker: maker == g)
    fake = _ways(evidence, d, g, lambda maker: maker == g, judge=d)
    real = _ways(evidence, d, g, lambda maker: maker is None, judge=d)
    if not (len(aim) == len(fake) == len(real) == 1) or fake == real or aim != fake:
        return
    if _ways(evidence, g, d, lambda maker: maker is None) == real and not has_own_loss(evidence, pair):
        yield from _of_the_other(evidence, pair)
        return
    line = loss_of(evidence, g, d)
    if line is None:
        return
    (way,) = aim
    name = evidence.name_of(d)
    message = (
        f"The generator's loss drives what `{name}` says of generated images {way}, and so does the loss of "
        f"`{name}` itself, which drives real images the other way. Turn the sign or the labels of one of the "
        "two."
    )
    if pair not in pairs(evidence):
        maker = evidence.name_of(g)
        message = (
            f"The loss that trains `{maker}` drives what `{name}` says of its output {way}, and so does the "
            f"loss of `{name}` itself, which drives all else the other way. Turn the sign or the labels of "
            "one of the two."
        )
    judged = loss_of(evidence, d, g)
    found = {"model": g, "pushed": way, "discriminator_loss_at": judged}
    call = exchanged(evidence, pair)
    if call is not None:
        message = (
            f"`{ast.unparse(call.func)}` is given its arguments in another order than it takes them, so "
            f"that `{name}` is taught the opposite of what the loss of `{evidence.name_of(g)}` goes by. Put "
            "them in order."
        )
        yield Match(call.lineno, message, evidence=found)
        return
    # Of a difference of scores it is the critic's sign that is odd where it drives real ones down.
    difference = difference_of_means(evidence) if real == {"down"} and judged is not None else None
    yield Match(line if difference is None else difference.lineno, message, evidence=found)


def _of_the_other(evidence: Evidence, pair: Roles) -> Iterator[Match]:
    """The generator's own gradient drives the verdicts on real examples as well, as only D's loss does."""
    line = taken_at(
        [call for call in evidence.training if any(_alone(step, pair) for step in call.steps)], pair.generator
    )
    if line is None:
        return
    name, judge = evidence.name_of(pair.generator), evidence.name_of(pair.discriminator)
    message = (
        f"This gradient for `{name}` is taken of the loss of `{judge}`: it makes the generated images easier "
        f"to tell from real ones. Take it of the loss of `{name}`."
    )
    yield Match(line, message, evidence={"model": pair.generator, "pushed": None})


def _alone(step: Step, pair: Roles) -> bool:
    return pair.generator in step.trained and pair.discriminator not in step.trained


def _ways(
    evidence: Evidence, trained: int, other: int, made: Callable[[int | None], bool], judge: int | None = None
) -> set[str]:
    """Where the losses that train one player alone drive the verdicts on images of some maker."""
    found: set[str] = set()
    for probe in evidence.probes("pushes"):
        for step in probe.result.get("steps", ()):
            if trained in step["trained"] and other not in step["trained"]:
                judged = other if judge is None else judge
                found |= {f["pushed"] for f in step["fed"] if f["model"] == judged and made(f["maker"])}
    return found


def _through(call: Call, pair: Roles) -> bool:
    return call.model is not None and call.model != pair.discriminator and pair.discriminator in call.through


def _in_one_batch(evidence: Evidence, pair: Roles) -> tuple[float | None, float | None]:
    """The labels of real and of generated rows that come in one batch; the observer told them apart."""
    for probe in evidence.probes("direction"):
        taught = probe.result.get("labels")
        if probe.models == (pair.generator, pair.discriminator) and taught:
            real, fake = taught.get("real", ()), taught.get("fake", ())
            if len(real) == len(fake) == 1:
                return float(real[0]), float(fake[0])
    return None, None


def _of_data(call: Call, pair: Roles) -> bool:
    judged = example(call, pair.generator)
    return judged is not None and is_real(judged) and judged.origin_model is None


def _of_generator(call: Call, pair: Roles) -> bool:
    judged = example(call, pair.generator)
    return judged is not None and is_fake(judged, pair.generator)


def _alike(evidence: Evidence, pair: Roles, step: Call) -> bool:
    """Whether a label means the same in both steps: not where each has a loss of the article's own."""
    own = [event.losses for event in evidence.compiled(pair.discriminator) if event.losses]
    other = [event.losses for event in evidence.compiled(step.model or 0) if event.losses]
    if not own or not other:
        return True
    written = functions(evidence)
    return own[-1][0] in other[-1] or not any(name in written for name in (own[-1][0], *other[-1]))


def _labels(evidence: Evidence, pair: Roles, calls: Iterable[Call]) -> float | None:
    """The one label of these calls, or the middle of labels close together; None where they vary."""
    told = [verdicts(evidence, call, pair.discriminator) for call in calls if call.targets]
    targets = [target for target in told if target is not None]
    if (
        not targets
        or len(targets) < len(told)
        or any(target.low is None or target.high is None for target in targets)
    ):
        return None
    low, high = min(_low(target) for target in targets), max(_high(target) for target in targets)
    return (low + high) / 2 if high - low <= 0.4 else None


def _low(target: ArraySummary) -> float:
    return target.low if target.low is not None else 0.0


def _high(target: ArraySummary) -> float:
    return target.high if target.high is not None else 0.0
