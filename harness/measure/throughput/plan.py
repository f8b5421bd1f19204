"""What is to be measured, and with how much effort: plain values, no framework."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from harness.measure.throughput.ways import Way

KERAS_BATCH = 32  # of fit, where a program names none


@dataclass(frozen=True)
class Subject:
    """One program on one backend and device."""

    slug: str
    text: str  # the program
    way: Way | None  # the article's own way of training, where it has one
    backend: str = "tensorflow"
    device: str = "cpu"

    @property
    def batch(self) -> int:
        """The batch size with which the program itself trains."""
        return own_batch(self.text)


@dataclass(frozen=True)
class Effort:
    """How long to measure; seconds of wall time."""

    rounds: int
    region: float  # one timed region, about
    warm: float  # warming up, before the first timed region
    preparing: float  # at most, from a batch size's beginning to its first timed region
    slow: float  # of one variant in timed regions at most, once it has three of them
    total: float  # of the whole run at most: batch sizes besides a program's own are left out for it
    sweep: tuple[int, ...] = ()  # batch sizes besides the program's own
    sweep_rounds: int = 3
    compilers: bool = False  # try those that take a minute

    rest: int = field(default=3, init=False)  # regions that even a slow variant gets


QUICK = Effort(rounds=5, region=0.2, warm=0.3, preparing=60, slow=8, total=150)
FULL = Effort(
    rounds=15,
    region=0.3,
    warm=0.5,
    preparing=120,
    slow=15,
    total=780,
    sweep=(1, 8, 32, 128, 512, 2048, 8192),
    sweep_rounds=5,
    compilers=True,
)
#: A batch size pays where it brings this much more than the best before it.
PAYS = 1.05


def own_batch(text: str) -> int:
    """The ``batch_size`` of the program's last call of ``fit``; Keras' own where it gives none."""
    found = KERAS_BATCH
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fit":
            for keyword in node.keywords:
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                if keyword.arg == "batch_size" and isinstance(value, int) and value > 0:
                    found = value
    return found
