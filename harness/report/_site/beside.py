"""An article beside its corrected form, every change under the errata that make it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from harness.report._clean import clean
from harness.report._site.markup import Html, join, prose, tag, text
from harness.report._site.view import ArticleView, Row

_WORDS = re.compile(r"\s+|\w+|.")
_ALIKE = 0.4  # lines that have less in common are marked whole: scraps of marks say nothing
_LONGEST = 4_000  # characters of a line that are compared word by word


def beside_section(view: ArticleView, prefix: str) -> Html:
    """Article and corrected article, line by line; every change names its errata."""
    parts: list[str] = []
    before: tuple[int, ...] = ()
    for row in view.rows:
        if row.errata and row.errata != before:
            parts.append(_hunk(view, row, prefix))
        before = row.errata
        parts.append(_row(row))
    head = tag("tr", *(tag("th", name, scope="col") for name in ("As printed", "Corrected")))
    inner = tag("table", tag("thead", head), tag("tbody", *parts), class_="diff")
    wide = tag(
        "div", inner, class_="wide", tabindex=0, role="region", aria_label="Article and corrected article"
    )
    return tag("section", tag("h2", "Side by side"), wide, class_="beside")


def _hunk(view: ArticleView, row: Row, prefix: str) -> Html:
    links: list[str] = []
    for index in row.errata:
        one = view.errata[index]
        links.append(
            tag(
                "a",
                f"E{index + 1} ",
                prose(one.title),
                href=f"#{prefix}e{index + 1}",
                class_=f"mark also {one.severity}",
            )
        )
    return tag("tr", tag("td", *links, colspan=2), class_="hunk")


def _row(row: Row) -> Html:
    left, right = row.left, row.right
    if not row.errata:
        kind = "same"
    elif left and right:
        kind = "changed"
    else:
        kind = "gone" if left else "new"
    words = (left[1] if left else "", right[1] if right else "")
    old, new = marked(*words) if kind == "changed" else (text(words[0]), text(words[1]))
    if kind in ("gone", "new"):
        old, new = (tag("del", old) if left else old), (tag("ins", new) if right else new)
    # The style sheet shows the numbers: fewer elements keep a long article quick.
    return tag(
        "tr",
        tag("td", old, data_n=left[0] if left else ""),
        tag("td", new, data_n=right[0] if right else ""),
        class_=kind,
    )


def marked(old: str, new: str) -> tuple[Html, Html]:
    """Both lines with the words that only one of them has marked."""
    before, after = _WORDS.findall(clean(old[:_LONGEST])), _WORDS.findall(clean(new[:_LONGEST]))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if len(old) > _LONGEST or len(new) > _LONGEST or matcher.ratio() < _ALIKE:
        return tag("del", old) if old else text(""), tag("ins", new) if new else text("")
    left: list[str] = []
    right: list[str] = []
    for kind, i, j, p, q in matcher.get_opcodes():
        gone, come = "".join(before[i:j]), "".join(after[p:q])
        left.append(tag("del", gone) if gone and kind != "equal" else gone)
        right.append(tag("ins", come) if come and kind != "equal" else come)
    return join(*left), join(*right)
