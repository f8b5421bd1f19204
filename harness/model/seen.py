"""What events speak of: arrays, layers, weights, gradients and roles as a run saw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ArraySummary:
    """What is known of an array that was fed to a model or came out of one."""

    shape: tuple[int, ...]
    dtype: str
    low: float | None  # smallest finite value
    high: float | None
    distinct: tuple[float, ...] | None  # all its values where there are at most ten
    finite: bool = True
    origin: str = "unknown"  # "data-set", "model", "random", "constant", "unknown"
    origin_model: int | None = None  # the model whose output it is (origin "model")
    data_set: str | None = None  # e.g. "mnist.x_train" (origin "data-set")
    fraction: float | None = None  # share of its rows that are rows of that data set
    grouped: bool = False  # labels, plain or one-hot, class after class: those of a class lie together
    marked: tuple[int, int] | None = None  # fewest and most ones in a row, of a table of zeros and ones
    windows: bool = False  # each row is the one before it, one step further: cut from one series
    same: int = 0  # of a generator's batch: how many in a row it gave before one held other numbers
    among: int | None = None  # of targets, one a row: the place in a row of the inputs that holds the same
    spreads: tuple[float, float] | None = None  # how much a table's columns vary: half of them, and the most


@dataclass(frozen=True)
class LayerSeen:
    """One layer as the model holds it; ``model`` is set where the layer is itself a known model.

    Or an operation between the layers of a functional model, as ``x / 255`` or ``ops.relu(x)``: then ``kind``
    is Keras's name of it ("TrueDivide", "Relu"), and ``activation`` is set where it is one.
    """

    kind: str  # class name
    name: str
    activation: str | None
    output_shape: tuple[int | None, ...] | None
    settings: Mapping[str, Any]  # units, filters, kernel_size, strides, rate, negative_slope ...
    parameters: int
    model: int | None = None
    operation: bool = False
    # Places, in the model's list, of those whose outputs it takes; None where no graph of the model says.
    takes: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Moved:
    """How far a model's weights went in a call: the largest absolute change of one number."""

    model: int
    trainable: float  # over trainable variables (by their own flag, whatever the model's flag says)
    other: float  # over the rest (batch norm statistics, seed states left out)
    changed: int  # number of weight arrays that changed
    arrays: int  # number of weight arrays
    lost: bool = False  # a trainable weight is no number afterwards; it need not have changed in this call


@dataclass(frozen=True)
class Fed:
    """An array that a model received inside a step."""

    model: int
    array: ArraySummary


@dataclass(frozen=True)
class Step:
    """One gradient taken inside a call, read off the traced graph or off an eager tape."""

    trained: tuple[int, ...]  # models that own the variables for which the gradient is taken
    through: tuple[int, ...]  # models whose weights the loss depends on without a cut between
    fed: tuple[Fed, ...]  # what each model received; values are known for eager tapes only
    optimizer_id: int | None
    exact: bool  # True: from the graph; False: from the order of eager calls
    line: int | None = None  # where the gradient is taken


@dataclass(frozen=True)
class Roles:
    """One generator/discriminator pair, inferred from what flows through the models."""

    generator: int
    discriminator: int
    combined: int | None = None
