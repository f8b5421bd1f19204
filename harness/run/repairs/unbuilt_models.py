"""Calls the article's own function that makes a thing which the article uses and never makes.

``discriminator.trainable = False`` fails where only ``def build_discriminator()`` was printed.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from types import FunctionType

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import tree


def repair(context: FaultContext) -> Proposal | None:
    if not isinstance(context.error, NameError) or isinstance(context.error, UnboundLocalError):
        return None
    name = str(context.error.name or "")
    maker = _maker(context.namespace, name) if name.isidentifier() else None
    if maker is None or name in context.local_names:
        return None
    line = f"{name} = {maker}()"
    statement = tree(context)
    if statement is None or context.local_names:
        return None
    # A simple statement can share its line with the call, whose own faults can then be mended as well.
    simple = not hasattr(statement, "body") and "\n" not in context.source
    return Proposal(
        rule="undefined-name",
        statement=f"if True: {line}; {context.source}" if simple else None,
        bind=None if simple else line,
        before="",
        after=line,
        evidence={"name": name, "maker": maker},
    )


def _maker(namespace: Mapping[str, object], name: str) -> str | None:
    """The one function of the article that is named after making this thing and needs no argument."""
    pattern = re.compile(
        rf"(?:build|create|define|make|get|construct|init)_(?:the_)?{name}(?:_model|_network)?"
    )
    makers = [
        key
        for key, value in namespace.items()
        if pattern.fullmatch(key) and isinstance(value, FunctionType) and _needs_nothing(value)
    ]
    return makers[0] if len(makers) == 1 else None


def _needs_nothing(function: FunctionType) -> bool:
    return all(
        parameter.default is not inspect.Parameter.empty
        or parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        for parameter in inspect.signature(function).parameters.values()
    )
