"""What the info string of a fence says of the block's language."""

from __future__ import annotations

import re
import tomllib
from importlib import resources

from harness.model import BlockKind

_WORDS = {
    kind: frozenset(words.split())
    for kind, words in tomllib.loads(
        resources.files("harness.listing").joinpath("languages.toml").read_text("utf-8")
    ).items()
}
# MyST and Sphinx directives that hold code, possibly with the language as their argument.
_CODE_DIRECTIVES = frozenset({"code-cell", "code-block", "code", "sourcecode", "jupyter-execute"})
_WORD = re.compile(r"[^\s,;:={}\[\]()\"']+")


def language_of(info: str) -> str:
    """The first word of an info string, as printed; "" where there is none."""
    words = info.split(None, 1)
    return words[0] if words else ""


def kind_of_tag(info: str) -> BlockKind | None:
    """The kind that an info string settles; None where the block's content has to be judged.

    Understood are plain words (``python``), classes (``{.python .numberLines}``, ``.python``),
    knitr chunks (``{python, echo=FALSE}``), MyST directives (``{code-cell} ipython3``), file names
    (``train.py``, ``python:train.py``) and version numbers (``python3.11``).
    """
    words = [word.lower() for word in _WORD.findall(info)]
    if not words:
        return None
    braced = info.lstrip().startswith("{")
    if braced and any(word.startswith(".") for word in words):
        words = [word for word in words if word.startswith(".")]
    word = words[0]
    if braced and word in _CODE_DIRECTIVES:
        if len(words) == 1:
            return BlockKind.PYTHON if word == "code-cell" else None
        word = words[1]
    elif braced and info.rstrip().endswith("}") and _kind_of_word(word) is None:
        return BlockKind.OTHER  # a directive such as {note}
    return _kind_of_word(word)


def _kind_of_word(word: str) -> BlockKind | None:
    word = word.removeprefix("lang-").removeprefix("language-").removeprefix(".").removeprefix("language-")
    if word in _WORDS["python"] or re.fullmatch(r"(?:i?python|py)[-\d.]+", word) or word.endswith(".py"):
        return BlockKind.PYTHON
    if word in _WORDS["shell"] or word.endswith(".sh"):
        return BlockKind.SHELL
    if word in _WORDS["output"]:
        return BlockKind.OUTPUT
    known = word in _WORDS["other"] or ("." in word and word.rsplit(".", 1)[1] in _WORDS["other"])
    return BlockKind.OTHER if known else None
