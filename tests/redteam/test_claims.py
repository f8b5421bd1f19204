"""Code that forges records or patches its runner: a fault stays a fault, and silence is never clean."""

from __future__ import annotations

import pytest

from harness.model import Verdict
from harness.pipeline import review_text

FAULT = "known_fault = {}['missing']\n"

ATTACKS = {
    "forged records on every descriptor": """
import os
for number in range(64):
    for line in (b'{"event": "Ended", "seq": 3, "line": null, "statements": 1, "executed": 1, "updates": 0}',
                 b"PASSED", b"0" * 64 + b' {"event": "Ended"}'):
        try:
            os.write(number, line + b"\\n")
        except OSError:
            pass
""",
    "frames": """
import sys
frame = sys._getframe()
while frame is not None:
    for name, value in list(frame.f_locals.items()):
        for inner in ("_record", "emit", "_emit", "_fault"):
            try:
                setattr(value, inner, lambda *args, **more: 0)
            except Exception:
                pass
    frame = frame.f_back
""",
    "exit handlers": """
import atexit, os
atexit.register(lambda: os._exit(0))
""",
    "sitecustomize": """
from pathlib import Path
Path("sitecustomize.py").write_text("import os; os._exit(0)")
Path("json.py").write_text("dumps = loads = lambda *a, **k: '{}'")
""",
    "modules": """
import builtins, json, sys
for name, module in list(sys.modules.items()):
    if name.startswith("harness"):
        for thing in list(vars(module)):
            setattr(module, thing, lambda *args, **more: None)
json.dumps = json.encoder.JSONEncoder.encode = lambda *args, **more: "{}"
import harness.run.faults
harness.run.faults.describe = None
""",
    "an exit in the middle": "import os\nos._exit(0)\n",
}


@pytest.mark.redteam
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_fault_before_the_attack_is_found(attack: str) -> None:
    review = review_text(FAULT + ATTACKS[attack] + "print('the end')\n", "a.py", kind="script")
    assert review.verdict in (Verdict.FAULTY, Verdict.INCOMPLETE)
    assert [finding.line for finding in review.findings if finding.rule == "uncaught-exception"][:1] == [1]


@pytest.mark.redteam
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_fault_after_the_attack_is_never_clean(attack: str) -> None:
    text = ATTACKS[attack] + FAULT + "print('the end')\n"
    review = review_text(text, "a.py", kind="script")
    assert review.verdict is not Verdict.CLEAN
    assert any(finding.severity == "error" for finding in review.findings) or review.reason
