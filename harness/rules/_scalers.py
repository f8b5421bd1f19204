"""What is fitted to data before a model is, as the text says it: scalers, and which part each is for."""

from __future__ import annotations

import ast
import re

from harness.rules._evidence import Evidence
from harness.rules._program import MethodCall, bindings, called

#: Names of what a split holds back, and of what it trains on.
HELD_BACK = re.compile(r"(^|_)(test|val|valid|validation)(_|\d|$)|(test|val)$", re.IGNORECASE)
TRAIN = re.compile(r"(^|_)train(ing)?(_|\d|$)|train$", re.IGNORECASE)

_SCALERS = {
    "StandardScaler",
    "MinMaxScaler",
    "RobustScaler",
    "MaxAbsScaler",
    "PowerTransformer",
    "QuantileTransformer",
    "CountVectorizer",
    "TfidfVectorizer",
}


def scaler_of(evidence: Evidence, site: MethodCall) -> str | None:
    """The kind of scaler that a method is called on, by its name or made on the spot."""
    assert isinstance(site.node.func, ast.Attribute)
    holder = site.node.func.value
    kind = called(holder) if isinstance(holder, ast.Call) else maker_of(evidence, ast.unparse(holder))
    return kind if kind in _SCALERS else None


def maker_of(evidence: Evidence, name: str) -> str | None:
    """What makes all that a variable is ever bound to; None where that differs."""
    kinds = {called(value) for value in bindings(evidence).get(name, [])}
    return kinds.pop() if len(kinds) == 1 else None
