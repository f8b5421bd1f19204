"""An exception, told in article lines."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType

# AutoGraph runs a converted copy of a function and names the original lines in its message only.
_AUTOGRAPH = re.compile(r'File "(?P<file>[^"\n]+)", line (?P<line>\d+), in (?P<function>\S+)')
# What follows are the frames under which TensorFlow built the graph, the harness's own among them.
_GRAPH_FRAMES = "Detected at node"
_HIDING = "infer the shape of the Lambda's output"
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
_UNBOUND = re.compile(r"(?:local|free) variable '(\w+)'")
_ATTRIBUTE = re.compile(r"(?:object|module '[^']*'|type object '[^']*') has no attribute '(\w+)'")


@dataclass(frozen=True)
class Step:
    """One article frame of a traceback: its line, and the function's name (None: no function)."""

    line: int
    function: str | None
    local_names: frozenset[str] = frozenset()
    converted: bool = False  # ran as AutoGraph's copy, out of reach for patches of the original


@dataclass(frozen=True)
class Description:
    """What a Fault event needs to know of an exception."""

    type: str
    message: str
    steps: tuple[Step, ...]  # outermost first
    raised_in: str
    name: str | None
    object_kind: str | None


def revealed(error: BaseException) -> BaseException:
    """What a function raised in a ``Lambda`` layer, of which Keras says only that no shape could be inferred.

    It is put at the end of the whole way there: first to the layer, then into the function.
    """
    hidden = error
    while isinstance(hidden, NotImplementedError) and _HIDING in _message(hidden) and hidden.__context__:
        hidden = hidden.__context__
    if hidden is error:
        return error
    traceback, outer = hidden.__traceback__, []
    step = error.__traceback__
    while step is not None:
        outer.append(step)
        step = step.tb_next
    for step in reversed(outer):
        traceback = TracebackType(traceback, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return hidden.with_traceback(traceback)


def _without_graph_frames(message: str) -> str:
    """A message without TensorFlow's frames in it; what it says behind them is what was wrong."""
    head, found, frames = message.partition(_GRAPH_FRAMES)
    lines = frames.split("\n") if found else []
    last = max(
        (index for index, line in enumerate(lines) if line.lstrip().startswith('File "')), default=None
    )
    behind = [] if last is None else [line for line in lines[last + 1 :] if line[:1] not in {"", " ", "\t"}]
    said = "\n".join(behind).partition("[[")[0].strip()
    return f"{head.rstrip()}\n{said}".rstrip()


def describe(error: BaseException, filename: str) -> Description:
    """Tell an exception's place in article lines.

    Frames of ``filename`` count; where AutoGraph has put the article's own frames into the message
    they are appended, innermost last.
    """
    full = _message(error)
    message = _without_graph_frames(full)
    frames = list(_frames(error.__traceback__))
    steps = [
        Step(line, _function_name(frame.f_code), _local_names(frame))
        for frame, line in frames
        if frame.f_code.co_filename == filename
    ]
    steps += [
        Step(int(found["line"]), found["function"], converted=True)
        for found in _AUTOGRAPH.finditer(full)
        if found["file"] == filename
    ]
    last = frames[-1][0] if frames else None
    return Description(
        type=type(error).__name__,
        message=message,
        steps=tuple(steps),
        raised_in=f"{last.f_globals.get('__name__', '')}.{last.f_code.co_qualname}" if last else "",
        name=_name(error, message),
        object_kind=_object_kind(error),
    )


def _message(error: BaseException) -> str:
    try:
        return str(error)[:10_000]
    except Exception:  # a hostile __str__ must not hide the fault
        return f"<{type(error).__name__} whose text cannot be had>"


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _local_names(frame: FrameType) -> frozenset[str]:
    """None at module level, where the local names are the module's own."""
    return frozenset() if frame.f_locals is frame.f_globals else frozenset(frame.f_locals)


def _function_name(code: CodeType) -> str | None:
    """None for module and class level, where a ``def`` line is the definition itself."""
    return code.co_name if code.co_flags & inspect.CO_OPTIMIZED else None


def _name(error: BaseException, message: str) -> str | None:
    if isinstance(error, ImportError):
        return error.name
    for pattern in (_UNDEFINED, _UNBOUND, _ATTRIBUTE):
        found = pattern.search(message)
        if found:
            return found.group(1)
    name = getattr(error, "name", None)
    return name if isinstance(name, str) else None


def _object_kind(error: BaseException) -> str | None:
    if not isinstance(error, AttributeError) or error.obj is None:
        return None
    kind = type(error.obj)
    if kind.__name__ == "module":
        return f"module {getattr(error.obj, '__name__', '?')}"
    return f"{kind.__module__}.{kind.__qualname__}"
