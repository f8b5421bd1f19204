"""A throughput document (``errata bench --format json``) for people: text, and one page with plots.

What is drawn is what stands in the document, so an old one can be drawn again.  Its form is
``harness/report/bench.schema.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from harness.report._bench.page import bench_page
from harness.report._bench.text import bench_text

__all__ = ["BenchError", "bench_json", "bench_page", "bench_text", "read_bench"]


class BenchError(Exception):
    """A document that is no throughput document; the message says where it differs."""


def bench_json(document: Mapping[str, Any]) -> str:
    """The document as text, ending in a newline."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_bench(text: str, name: str) -> Mapping[str, Any]:
    """A document from its text.  Raises BenchError, with ``name`` and the place that is wrong."""
    import jsonschema

    try:
        found = json.loads(text)
    except ValueError as error:
        raise BenchError(
            f"{name}: it is not JSON ({error}); expected what errata bench --format json writes"
        ) from None
    schema = json.loads(resources.files("harness.report").joinpath("bench.schema.json").read_text("utf-8"))
    wrong = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(found))
    if wrong:
        raise BenchError(
            f"{name}: {wrong.json_path}: {wrong.message}; expected what errata bench --format json writes"
        )
    return dict(found)
