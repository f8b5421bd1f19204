"""Articles made by hand for the pages."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from harness.model import (
    FedRow,
    Finding,
    Fix,
    Ladder,
    MovedRow,
    MutantFate,
    Proof,
    Severity,
    StepRow,
    UpdateRow,
)
from harness.report import ArticleView, Curves, ErratumView, Row, Speed, Training
from tests.report.samples import FAULTY, HOSTILE, HOSTILE_WORDS, article, review


def png(width: int = 28, height: int = 28) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes((9 * x * y) % 256 for x in range(width)) for y in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


PROOF = Proof(
    "moved", "", "api-drift", Ladder.PROVEN, MutantFate.KILLED, "removed-module",
    "removed-module at line 4", "removed-module at line 4",
)  # fmt: skip
MOVED = ErratumView(
    id="moved",
    title="The module has moved",
    kind="api-drift",
    severity=Severity.ERROR,
    lines=(4,),
    before="from keras.layers.core import Dense",
    after="from keras.layers import Dense",
    why="Keras 3 has one module for all layers.\n\nThe old one is gone.",
    symptom="removed-module",
    works_before="Keras 3.0",
    source=("Keras 3 API", "https://keras.io/api/layers/"),
    observed=(2,),
    proof=PROOF,
)
PROMISE = replace(
    MOVED,
    id="promise",
    title="The title promises too much",
    kind="prose",
    severity=Severity.NOTE,
    lines=(1,),
    observed=(),
    proof=None,
)
_LINES = FAULTY.article.text.rstrip("\n").split("\n")
_READ = {1: ("# One layer", (1,)), 4: ("from keras.layers import Dense", (0,))}
ROWS = tuple(
    Row((n, line), (n, _READ[n][0]), _READ[n][1]) if n in _READ else Row((n, line), (n, line))
    for n, line in enumerate(_LINES, 1)
)
_REAL = FedRow("critic", (32, 784), "float32", -1.0, 1.0, None, "mnist.x_train")
_LABELS = FedRow("critic", (32, 1), "float32", 1.0, 1.0, (1.0,), "constant")
UPDATES = (
    UpdateRow(
        line=9, call="train_on_batch", model="critic", calls=3, updates=3, planned=None,
        moved=(MovedRow("critic", 0.0123, 0.0), MovedRow("maker", 0.0, 0.0), MovedRow("both", 0.0, 0.5)),
        through=("critic",), fed=(_REAL,), targets=(_LABELS,), steps=(), losses=(2.3, 0.4),
    ),
    UpdateRow(
        line=10, call="function", model=None, calls=1, updates=12, planned=600,
        moved=(MovedRow("critic", 0.5, 0.0),), through=(), fed=(), targets=(),
        steps=(StepRow(("maker",), ("maker", "critic"), (replace(_REAL, pushed="up"),), exact=False),),
        losses=(), error="ValueError",
    ),
)  # fmt: skip
TRAINING = Training(
    losses=Curves(
        (1.0, 5.0, 10.0), {"discriminator": (0.7, 0.6, 0.5), "generator": (0.7, 0.9, float("nan"))}
    ),
    distances=Curves(
        (0.0, 5.0, 10.0), {"Fréchet distance": (239.0, 120.0, 53.0), "coverage": (0.0, 0.1, 0.2)}
    ),
    digits=(("before training", png()), ("after 10 epochs", png())),
    learns=True,
    how="1,000 drawn images at each moment",
)
SPEEDS = (
    Speed("tensorflow", "cpu", 100, 24_000.0, 300.0, 0.97, 2.6),
    Speed("tensorflow", "cpu", 10, 9_000.0, 200.0),
)
SMALL = ArticleView(
    slug="small",
    title="A small network",
    review=replace(FAULTY, table=UPDATES),
    errata=(MOVED, PROMISE),
    rows=ROWS,
    versions={"tensorflow": "2.21.0"},
    training=TRAINING,
    speeds=SPEEDS,
)
BARE = ArticleView(slug="bare", title="Nobody keeps errata of this", review=FAULTY)
SLY = ArticleView(
    slug="sly",
    title=f"<script>document.title='broken'</script>{HOSTILE_WORDS}",
    review=replace(
        HOSTILE,
        article=article(
            "</code></div><script>document.title='broken'</script>\n<img src=x onerror=alert(1)>\n"
        ),
    ),
    errata=(
        replace(
            MOVED,
            before="</pre><img src='https://example.invalid/x.png'>",
            after=HOSTILE_WORDS,
            why="<b>bold</b>",
            observed=(),
        ),
    ),
)


def long(lines: int = 3_000) -> ArticleView:
    """An article of many lines, with a finding at every fiftieth."""
    text = "".join(
        f"x_{n} = compute_something(x_{n - 1}, 'and a comment of usual length')\n"
        for n in range(1, lines + 1)
    )
    findings = tuple(
        Finding("some-rule", list(Severity)[n % 3], n, n, 1, f"Something about line {n}.", fix=Fix("x", "y"))
        for n in range(50, lines + 1, 50)
    )
    rows = tuple(Row((n, line), (n, line)) for n, line in enumerate(text.split("\n"), 1))
    return ArticleView(
        slug="long", title="A long article", review=review(*findings, of=article(text)), rows=rows
    )
