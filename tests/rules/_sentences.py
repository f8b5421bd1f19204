"""Articles of one sentence and some code."""

from __future__ import annotations

from harness.listing import read_listing
from harness.model import Article, Event
from harness.rules._evidence import Evidence
from tests.rules._traces import matches, trace

FIT = "model.fit(x, y, epochs=5)"


def article(text: str, code: str, *events: Event) -> Evidence:
    """Prose in line 1, code from line 4 on."""
    whole = f"{text}\n\n```python\n{code}\n```\n"
    return Evidence(read_listing(Article("a.md", "0", whole, "markdown")), trace(*events))


def steps_of(code: str, text: str = "We train the model for 20 epochs.") -> list[str]:
    return [match.message for match in matches("step-claim", article(text, code))]
