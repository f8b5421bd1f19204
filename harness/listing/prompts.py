"""Interactive sessions: what was typed in them is code, what was answered is not."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PYTHON = re.compile(r"[ \t]*>>>(?: |$)")
_PYTHON_MORE = re.compile(r"[ \t]*\.\.\.(?: |$)")
_IPYTHON = re.compile(r"[ \t]*In ?\[\d*\]: ?")
_IPYTHON_MORE = re.compile(r"[ \t]*\.{3,}: ?")


def is_session(lines: Sequence[str]) -> bool:
    """Whether the first line that says something begins with a Python or IPython prompt."""
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    return bool(_PYTHON.match(first) or _IPYTHON.match(first))


def typed(lines: Sequence[str]) -> list[str]:
    """The input of a session without its prompts, each line in its place; answers become blank."""
    code: list[str] = []
    going_on = False
    for line in lines:
        prompt = _PYTHON.match(line) or _IPYTHON.match(line)
        if prompt is None and going_on:
            prompt = _PYTHON_MORE.match(line) or _IPYTHON_MORE.match(line)
        going_on = prompt is not None
        code.append(line[prompt.end() :] if prompt else "")
    return code
