"""``sys.exit`` in a program's last statement: the end of the program, or before the rest of it."""

from __future__ import annotations

import pytest

from harness.model import Fault, Trace
from tests.run.conftest import RunText

_MAIN = """import sys

def main():
    if len(sys.argv) < 2:
        print("no file")
        {exit}
    print("training")

if __name__ == "__main__":
    main()
"""
_BLOCK = """import sys

if __name__ == "__main__":
    print("preparing")
    {exit}
    print("training")
"""
_ENDS = (
    "import sys\n\ndef main():\n    print('training')\n    return 0\n\nsys.exit(main())\n",
    "import sys\nif True:\n    print('training')\n    sys.exit()\n",
    "import sys\nwhile True:\n    print('training')\n    if True:\n        sys.exit(0)\n    print('next')\n",
    "import sys\ntry:\n    print('training')\n    1 / 0\nexcept ZeroDivisionError:\n    sys.exit()\n",
)


def exits(trace: Trace) -> list[int | None]:
    return [e.line for e in trace.events if isinstance(e, Fault) and e.type == "SystemExit"]


@pytest.mark.parametrize("exit", ["sys.exit()", "sys.exit(0)", "exit()", "quit()"])
@pytest.mark.parametrize(("text", "line"), [(_MAIN, 6), (_BLOCK, 5)])
def test_an_exit_before_the_rest_of_the_last_statement_is_a_fault(
    run_text: RunText, text: str, line: int, exit: str
) -> None:
    trace = run_text(text.format(exit=exit))
    assert exits(trace) == [line]
    assert b"training" in trace.outcome.stdout


@pytest.mark.parametrize("text", _ENDS)
def test_an_exit_with_nothing_behind_it_is_none(run_text: RunText, text: str) -> None:
    trace = run_text(text)
    assert exits(trace) == []
    assert trace.outcome.stdout == b"training\n"
