"""A small correct GAN as text and as the events of its run, to be varied by tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from harness.model import ArraySummary, Call, Compiled, DataLoaded, Event, Moved, Severity
from harness.rules import load
from harness.rules._evidence import Evidence
from harness.rules._judge import judge
from tests.rules._traces import array, call, compiled, evidence, labels, layer, model, moved, pair

GENERATOR, DISCRIMINATOR, COMBINED = 0, 1, 2

SOURCE = """\
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train.reshape(-1, 784) / 127.5 - 1

generator = Sequential([Input((16,)), layers.Dense(784, activation="tanh")])
discriminator = Sequential([Input((784,)), layers.Dense(1, activation="sigmoid")])
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(20000):
    noise = np.random.normal(size=(32, 16))
    real = x_train[np.random.randint(0, 60000, 32)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((32, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((32, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((32, 1)))
"""
#: The combined model's compilation, as it ought to be.
FROZEN = compiled(COMBINED, line=12, trainable={DISCRIMINATOR: False})
LOADED = DataLoaded(
    seq=0,
    line=5,
    name="mnist",
    shapes=((60000, 28, 28), (60000,), (10000, 28, 28), (10000,)),
    repeated_from=None,
)


def real(*shape: int, low: float = -1.0, high: float = 1.0) -> ArraySummary:
    """A batch of real images."""
    return array(
        *(shape or (32, 784)), low=low, high=high, origin="data-set", data_set="mnist.x_train", fraction=1.0
    )


def fake(*shape: int, low: float = -0.4, high: float = 0.4) -> ArraySummary:
    """A batch of the generator's images."""
    return array(
        *(shape or (32, 784)), low=low, high=high, origin="model", origin_model=GENERATOR, fraction=1.0
    )


def noise(*shape: int) -> ArraySummary:
    return array(*(shape or (32, 16)), low=-3.0, high=3.0, origin="random")


def d_step(line: int, rows: ArraySummary, label: float, *, by: float = 0.01, **more: Any) -> Call:
    """A training call on the discriminator."""
    more.setdefault("in_loop", True)
    weights = (moved(GENERATOR, 0.0), moved(DISCRIMINATOR, by))
    targets = (labels(rows.shape[0], label),)
    return call(
        "train_on_batch", DISCRIMINATOR, line=line, inputs=(rows,), targets=targets, moved=weights, **more
    )


def g_step(line: int, label: float, *moves: Moved, rows: ArraySummary | None = None, **more: Any) -> Call:
    """A training call on the combined model."""
    more.setdefault("in_loop", True)
    more.setdefault("through", (COMBINED, GENERATOR, DISCRIMINATOR))
    rows = rows or noise()
    weights = moves or (moved(GENERATOR), moved(DISCRIMINATOR, 0.0))
    targets = (labels(rows.shape[0], label),)
    return call("train_on_batch", COMBINED, line=line, inputs=(rows,), targets=targets, moved=weights, **more)


@dataclass(frozen=True)
class Program:
    """Text and events of the correct program; a test replaces what it needs otherwise."""

    source: str = SOURCE
    made: tuple[int, ...] = (784,)
    taken: tuple[int, ...] = (784,)
    generator_end: str = "tanh"
    discriminator_end: str = "sigmoid"
    compiles: tuple[Compiled, ...] = (
        compiled(DISCRIMINATOR, line=10),
        compiled(COMBINED, line=12, optimizer_id=2),
    )
    calls: tuple[Call, ...] = field(
        default_factory=lambda: (d_step(18, real(), 1), d_step(19, fake(), 0), g_step(21, 1))
    )
    more: tuple[Event, ...] = ()
    roles: bool = True
    joined: bool = True

    def evidence(self) -> Evidence:
        """What the rules are given."""
        players = [
            model(
                GENERATOR,
                "generator",
                layer("Dense", None, *self.made, activation=self.generator_end, parameters=9),
                line=8,
                inputs=((None, 16),),
                outputs=((None, *self.made),),
            ),
            model(
                DISCRIMINATOR,
                "discriminator",
                layer("Dense", None, 1, activation=self.discriminator_end, parameters=9),
                line=9,
                inputs=((None, *self.taken),),
                outputs=((None, 1),),
            ),
        ]
        if self.joined:
            players.append(
                model(
                    COMBINED,
                    "gan",
                    layer("Sequential", None, *self.made, model=GENERATOR),
                    layer("Sequential", None, 1, model=DISCRIMINATOR),
                    line=11,
                    inputs=((None, 16),),
                    outputs=((None, 1),),
                    contains=(GENERATOR, DISCRIMINATOR),
                    shares=(GENERATOR, DISCRIMINATOR),
                )
            )
        players = [replace(seen, created_line=seen.line) for seen in players]
        roles = (pair(GENERATOR, DISCRIMINATOR, COMBINED if self.joined else None),) if self.roles else ()
        return evidence(self.source, LOADED, *players, *self.compiles, *self.calls, *self.more, *roles)


def without(*lines: int, source: str = SOURCE) -> str:
    """The program's text with some lines left blank."""
    kept = source.split("\n")
    return "\n".join(
        "    pass" if n in lines and n > 14 else "" if n in lines else kept[n - 1] for n in range(1, 22)
    )


TRACED = [rule for rule in load() if not rule.fallback]


def found(program: Program) -> list[tuple[str, int]]:
    """Errors and warnings by rule and line."""
    findings = judge(program.evidence(), TRACED)
    return [(f.rule, f.line) for f in findings if f.severity is not Severity.NOTE]
