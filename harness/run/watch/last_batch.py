"""The last batch of an epoch, where it has fewer rows than the others.

A ``fit`` that is cut short does not come to it.  Where the model has a training step of the program's own,
the step is traced for a batch of that size: nothing is computed and no weight moves, and a step that takes
all batches to be of one size fails as it would at the end of the epoch.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from harness.model import SmallerBatch
from harness.run.watch.arrays import is_concrete, parts, rows_of, shape_of
from harness.run.watch.hooks import Hooks

_DEEPEST = 40  # steps of a pipeline
_KEEPING = frozenset({"Map", "ParallelMap", "Prefetch", "Options", "Cache", "Shuffle", "Repeat"})
_USUAL = 32  # Keras's batch size
_FED = ("x", "y", "sample_weight")


def rows_of_last(pipeline: Any) -> tuple[int, int] | None:
    """The rows of a pipeline's last batch and of its others; None where they are as many, or not known."""
    for _ in range(_DEEPEST):
        kind = type(pipeline).__name__.strip("_").removesuffix("Dataset")
        if "Batch" in kind:
            whole, size = int(pipeline._input_dataset.cardinality()), int(pipeline._batch_size)
            return None if bool(pipeline._drop_remainder) else _rest(whole, size)
        if kind not in _KEEPING:
            return None
        pipeline = pipeline._input_dataset
    return None


def trace_last_batch(hooks: Hooks, model: Any, given: Mapping[str, Any]) -> None:
    """Trace a model's step for the last batch that ``fit`` was given.

    What the step raises of it is recorded, unless it raises for one of the usual size, too.
    """
    try:
        rows = _rows(given)
        batches = () if rows is None else tuple(_described(given, size) for size in rows)
    except Exception:  # data of another kind, or the insides of another TensorFlow
        return
    if rows is None:
        return
    try:
        _trace(model, batches[0])
    except Exception as error:
        try:
            _trace(model, batches[1])
        except Exception:  # it cannot be traced by itself
            return
        line = hooks.line()
        hooks.emit(SmallerBatch, line=line, end_line=line, rows=rows[0], before=rows[1])
        hooks.aside(error, line)


def _trace(model: Any, batch: Any) -> None:
    step = sys.modules["tensorflow"].function(lambda data: model.train_step(data), autograph=False)
    step.get_concrete_function(batch)


def _rest(whole: int, size: int) -> tuple[int, int] | None:
    rest = whole % size if whole > size else 0
    return (rest, size) if rest else None


def _rows(given: Mapping[str, Any]) -> tuple[int, int] | None:
    """The rows of the last batch of what ``fit`` was given, and of the others."""
    if hasattr(given.get("x"), "element_spec"):
        return rows_of_last(given["x"])
    fed = [part for name in _FED for part in parts(given.get(name))]
    whole, size = rows_of(given.get("x")), given.get("batch_size")
    if whole is None or not all(is_concrete(part) for part in fed):
        return None
    return _rest(whole, size if isinstance(size, int) else _USUAL)


def _described(given: Mapping[str, Any], rows: int) -> Any:
    """A batch of so many rows, as TensorFlow is told of one."""
    nest, spec = sys.modules["tensorflow"].nest, getattr(given["x"], "element_spec", None)
    if spec is not None:
        return nest.map_structure(lambda part: _spec(part, part.dtype, rows), spec)
    fed = [given.get(name) for name in _FED]
    made = [None if v is None else nest.map_structure(lambda part: _of_array(part, rows), v) for v in fed]
    return sys.modules["keras"].utils.pack_x_y_sample_weight(*made)


def _of_array(array: Any, rows: int) -> Any:
    """Rows of an array, of which Keras makes numbers of 32 bits where it has others."""
    kind = sys.modules["tensorflow"].as_dtype(array.dtype)
    return _spec(array, "float32" if kind.is_floating else kind, rows)


def _spec(batch: Any, kind: Any, rows: int) -> Any:
    sizes = [None if size < 0 else size for size in shape_of(batch)[1:]]
    return sys.modules["tensorflow"].TensorSpec((rows, *sizes), kind)
