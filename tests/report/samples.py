"""Reviews made by hand, for the golden files."""

from __future__ import annotations

from harness.model import (
    Article,
    Confinement,
    Coverage,
    Finding,
    Fix,
    Review,
    Severity,
    Verdict,
)
from harness.report import Tool

TOOL = Tool(version="1.2.3")
CONFINED = Confinement("bubblewrap", True, True, True, True, True, True, detail="uid 65534")
ENVIRONMENT = {"python": "3.11.7", "keras": "3.15.1", "backend": "tensorflow", "device": "cpu"}

TEXT = """# A small network

```python
from keras.layers.core import Dense
from keras.models import Sequential

model = Sequential()
model.add(Dense(10, activation="softmax"))
model.compile(optimizer=Adam(lr=0.001), loss="categorical_crossentropy")
history = model.fit(x_train, y_train, epochs=10, batch_size=128, validation_split=0.1, verbose=0)
model.summary()
```
"""


def article(text: str = TEXT, path: str = "docs/small.md") -> Article:
    return Article(path=path, sha256="5e" * 32, text=text, kind="markdown")


def review(*findings: Finding, verdict: Verdict = Verdict.FAULTY, of: Article | None = None) -> Review:
    return Review(
        article=of or article(),
        verdict=verdict,
        reason=None,
        seconds=4.25,
        confinement=CONFINED,
        coverage=Coverage(statements=7, executed=5, updates=12, not_run=(4, 8, 9, 10)),
        findings=findings,
        environment=ENVIRONMENT,
        notes=("MNIST: 5,000 images, repeated to 60,000",),
        peak_memory=900 * 2**20,
    )


REMOVED = Finding(
    rule="removed-module",
    severity=Severity.ERROR,
    line=4,
    end_line=4,
    block=1,
    message="Keras 3 has no module keras.layers.core; Dense is in keras.layers.",
    evidence={"module": "keras.layers.core", "versions": ("3.15.1",), "ratio": float("nan")},
    fix=Fix("from keras.layers.core import Dense", "from keras.layers import Dense"),
    consequences=(10, 8),
)
MISSING = Finding(
    rule="missing-import",
    severity=Severity.ERROR,
    line=9,
    end_line=9,
    block=1,
    message="Adam is used here and nothing imports it.",
    evidence={"name": "Adam"},
    fix=Fix("Adam(lr", "keras.optimizers.Adam(lr"),
)
ARGUMENT = Finding(
    rule="removed-argument",
    severity=Severity.WARNING,
    line=9,
    end_line=11,
    block=1,
    message="Adam takes learning_rate, not lr.\nArguments received: lr=0.001",
    evidence={"argument": "lr", "value": 0.001},
)
UNUSED = Finding(
    rule="unused-data",
    severity=Severity.NOTE,
    line=1,
    end_line=1,
    block=None,
    message="The title promises more than the article holds.",
)

FAULTY = review(UNUSED, ARGUMENT, REMOVED, MISSING)
CLEAN = review(verdict=Verdict.CLEAN, of=article("no code\n", "docs/clean.md"))
INCOMPLETE = Review(
    article=article("```\nimport os\nos._exit(0)\n```\n", "docs/exit.md"),
    verdict=Verdict.INCOMPLETE,
    reason="the program ended before its last statement",
    seconds=0.0404,
    confinement=Confinement("landlock", True, True, False, True, True, True),
    coverage=Coverage(statements=2, executed=1, updates=0),
    findings=(),
    environment={"python": "3.11.7"},
)
UNSAFE = Review(
    article=article("x = 1\n", "docs/unsafe.py"),
    verdict=Verdict.HARNESS_ERROR,
    reason="the worker could not be started",
    seconds=1.0,
    confinement=Confinement("none", False, False, False, False, False, False),
    coverage=Coverage(statements=1, executed=0, updates=0),
    findings=(),
    environment={},
)
TEXTUAL = Review(
    article=article("```python\nimport\n```\n", "docs/textual.md"),
    verdict=Verdict.FAULTY,
    reason=None,
    seconds=0.01,
    confinement=None,
    coverage=Coverage(statements=1, executed=0, updates=0, not_run=(2,)),
    findings=(
        Finding("syntax-error", Severity.ERROR, 2, 2, 1, "Nothing follows import.", consequences=(2, 3, 2)),
    ),
    environment={"python": "3.11.7"},
)
ALL = (FAULTY, CLEAN, INCOMPLETE, UNSAFE, TEXTUAL)

#: ANSI, an operating system command, a right-to-left override, a zero-width space, a line separator,
#: a lone surrogate, markup of rich and of GitHub, a carriage return and a NUL.
HOSTILE_WORDS = (
    "\x1b[31mred\x1b]0;title\x07 \u202egnp.exe\u200b \u2028 \ud800 [bold]b[/bold] ::error::x \x00 %0A"
)
HOSTILE = Review(
    article=article(f"{HOSTILE_WORDS}\rsecond\tline\n", f"docs/{HOSTILE_WORDS},:.md"),
    verdict=Verdict.FAULTY,
    reason=HOSTILE_WORDS,
    seconds=0.01,
    confinement=Confinement("bubblewrap", True, True, True, True, True, True, detail=HOSTILE_WORDS),
    coverage=Coverage(statements=1, executed=1, updates=0),
    findings=(
        Finding(
            rule="needs-network",
            severity=Severity.NOTE,
            line=1,
            end_line=2,
            block=None,
            message=f"{HOSTILE_WORDS}\n::set-output name=a::b\r\n{HOSTILE_WORDS}",
            evidence={HOSTILE_WORDS: HOSTILE_WORDS, "deep": {"list": [float("inf"), -float("inf"), 2**70]}},
            fix=Fix(HOSTILE_WORDS, f"{HOSTILE_WORDS}\n{HOSTILE_WORDS}"),
        ),
    ),
    environment={"device": HOSTILE_WORDS},
    notes=(HOSTILE_WORDS,),
)
