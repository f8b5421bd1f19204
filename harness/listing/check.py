"""Ask Python's own parser and compiler, quietly and whatever happens."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from harness.listing.lines import is_blank

_LINE = re.compile(r"\bline (\d+)")


@dataclass(frozen=True)
class Refusal:
    """Why lines are no Python program; ``line`` counts from 0, None where the parser names none."""

    line: int | None
    message: str


def check(lines: Sequence[str]) -> Refusal | None:
    """None where ``lines`` parse and each of their top-level statements compiles on its own.

    Statements are compiled one at a time because they are run one at a time: a
    ``from __future__ import`` is legal wherever it stands.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse("\n".join(lines) + "\n")
            for statement in tree.body:
                compile(ast.Module([statement], []), "<article>", "exec", dont_inherit=True)
        except SyntaxError as error:
            number = None if error.lineno is None else max(error.lineno - 1, 0)
            return Refusal(number, error.msg)
        except (RecursionError, MemoryError):
            return Refusal(None, "too deeply nested for Python's parser")
        except (ValueError, OverflowError) as error:
            return Refusal(None, str(error))
    return None


def check_indented(lines: Sequence[str]) -> Refusal | None:
    """Like ``check`` for lines out of some suite: they are parsed, not compiled."""
    if all(is_blank(line) for line in lines):
        return None  # the suite around them may hold more
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse("\n".join(["if 1:", *lines]) + "\n")
        except SyntaxError as error:
            message = _LINE.sub(lambda match: f"line {int(match[1]) - 1}", error.msg)
            return Refusal(None if error.lineno is None else max(error.lineno - 2, 0), message)
        except (RecursionError, MemoryError):
            return Refusal(None, "too deeply nested for Python's parser")
        except (ValueError, OverflowError) as error:
            return Refusal(None, str(error))
    return None
