"""The text gives a number of training rounds that the code does not make.

## What it finds

A sentence that says the training takes a number of epochs, iterations or steps which is neither what
`epochs` or a loop around the training says, nor a product of nested ones or the sum of several trainings.

## Why it is wrong

The reader cannot tell which of the two the results belong to.

## Example

~~~~markdown
We train the model for 20 epochs.

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(32, 4))
y = np.arange(32).reshape(-1, 1) % 2
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, epochs=5, verbose=0)
```
~~~~

## Read instead

~~~~markdown
We train the model for 5 epochs.

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(32, 4))
y = np.arange(32).reshape(-1, 1) % 2
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, epochs=5, verbose=0)
```
~~~~

## Known limits

Numbers are followed through variables, defaults and arguments of functions. Where that does not lead to
plain numbers (a `while`, a `break`, early stopping, an option of the command line) a claim is compared with
all the numbers in the code, which a small one often agrees with by chance: it is then missed. The same
goes for iterations and steps where the number of batches depends on the data. Sentences about what could
be or what others did are left alone, and so is a number that a comment in the code or another sentence
accounts for ("here only 5 epochs"), or where the same paragraph gives the training's own number as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import training_sites
from harness.rules._prose import Sentence, asserted, quoted, sentences
from harness.rules._rounds import Rounds, training_rounds

SEVERITY = Severity.WARNING
NEEDS = "source"

_DIGITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TENS = {"twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_WORDS = {word: n for n, word in enumerate(_DIGITS, start=1)} | _TENS
_NUMBER = rf"(?P<number>\d[\d,]*\d|\d|{'|'.join(_WORDS)})"
_UNIT = r"(?:training |full )?(?P<unit>epoch|iteration|step|batche)s?\b"
_CLAIMS = (
    re.compile(
        rf"\b(?:train|fit)(?P<form>ed|ted|ing|ting|s)?\b[^.]{{0,60}}\b(?:for|over)"
        rf"(?: only| just| a total of| all)? {_NUMBER} {_UNIT}",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_NUMBER} {_UNIT} of training(?P<form>)\b", re.IGNORECASE),
)
# What makes "trained" a statement about this training: "the model is then trained", "we trained"; without it
# the word tells one network from others.
_STATED = re.compile(
    r"\b(is|are|was|were|be|been|gets?|has|have|we|I)( (\w+ly|then|also|both|now|first))*\s*$", re.I
)
_COORDINATED = re.compile(r"^\W*(we|I|the model|it)\b.*\band\s*$", re.IGNORECASE)
_TOKEN = re.compile(rf"\b(?:\d{{1,9}}|{'|'.join(_WORDS)})\b", re.IGNORECASE)
# Of another training than the article's, or of a longer one.
_ELSEWHERE = re.compile(
    r"\b(pre-?trained|imagenet|papers?|authors?|they|et al|more|longer|again|further|additional\w*|at least|"
    r"up to|about|around|roughly|approximately)\b",
    re.IGNORECASE,
)
_SHORTENED = re.compile(
    r"\b(only|just|short\w*|quick\w*|here|demo\w*|reduce[sd]?|fewer|instead|enough|sake)\b", re.I
)


def find(evidence: Evidence) -> Iterator[Match]:
    if not training_sites(evidence):
        return
    rounds, said = training_rounds(evidence), list(sentences(evidence))
    for sentence in said:
        if not asserted(sentence) or _ELSEWHERE.search(sentence.text):
            continue
        for claim in (found for pattern in _CLAIMS for found in pattern.finditer(sentence.text)):
            number, epochs = _count(claim["number"]), claim["unit"].lower() == "epoch"
            known = rounds if rounds is not None and (epochs or rounds.whole) else None
            borne_out = number in (known.counts if known else _all_numbers(evidence))
            if borne_out or not _of_this_one(sentence, claim):
                continue
            if known and (_accounted_for(said, sentence, known) or _in_comment(evidence, number)):
                continue
            found = {"text": sentence.text, "claimed": claim["number"]}
            line, end = sentence.lines_of(claim)
            yield Match(line, _message(claim, known), end_line=end, evidence=found)


def _of_this_one(sentence: Sentence, claim: re.Match[str]) -> bool:
    """Whether the verb states how long this training is: "training for 50 epochs takes an hour" does not."""
    before, form = sentence.text[: claim.start()], (claim["form"] or "").lower()
    if form.endswith("ed"):
        return bool(_STATED.search(before) or _COORDINATED.search(before))
    if form.endswith("ing"):
        return bool(before.strip(" *_-")) and not before.rstrip().endswith((",", ";", ":"))
    return True


def _count(words: str) -> int:
    return _WORDS[words.lower()] if words.lower() in _WORDS else int(words.replace(",", ""))


def _all_numbers(evidence: Evidence) -> set[int]:
    """Every number of the code, and what two of them make."""
    numbers = {
        node.value
        for node in evidence.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, int)
    }
    return numbers | {a * b for a, b in combinations(sorted(numbers), 2)}


def _accounted_for(said: list[Sentence], claim: Sentence, rounds: Rounds) -> bool:
    """Whether the text gives the training's own number too: in this paragraph, or with a word that says that
    the code does less."""
    return any(
        (other.paragraph == claim.paragraph or _SHORTENED.search(other.text))
        and rounds.counts & {_count(token) for token in _TOKEN.findall(other.text)}
        for other in said
    )


def _in_comment(evidence: Evidence, number: int) -> bool:
    return re.search(rf"#.*\b{number}\b", "\n".join(b.source for b in evidence.listing.blocks)) is not None


def _message(claim: re.Match[str], known: Rounds | None) -> str:
    if known is None:
        found = f"nothing in the code is repeated {claim['number']} times"
    elif len(known.loops) == 1:
        (count,) = known.loops
        found = f"the training (line {known.line}) goes round {count} time{'' if count == 1 else 's'}"
    else:
        *most, last = (str(count) for count in sorted(known.loops)[:6])
        found = f"the training (line {known.line}) has loops of {', '.join(most)} and {last} rounds"
    return f"The text says {quoted(claim)}, but {found}. Correct one of the two."
