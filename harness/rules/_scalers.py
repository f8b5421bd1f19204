"""Scikit-learn's scalers in a program's text."""

from __future__ import annotations

import ast

from harness.rules._evidence import Evidence
from harness.rules._program import MethodCall, bindings, called

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
    made = [holder] if isinstance(holder, ast.Call) else bindings(evidence).get(ast.unparse(holder), [])
    kinds = {called(value) for value in made}
    kind = kinds.pop() if len(kinds) == 1 else None
    return kind if kind in _SCALERS else None
