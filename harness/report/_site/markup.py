"""HTML made of values: every text is cleaned and escaped unless it is markup already."""

from __future__ import annotations

import html
from importlib import resources

from harness.report._clean import clean, clean_lines

_VOID = frozenset(("br", "hr", "img", "input", "meta"))


class Html(str):
    """Markup that may stand in a page as it is."""

    __slots__ = ()


def text(words: str) -> Html:
    """Words on one line, inert."""
    return Html(html.escape(clean(words)))


def prose(words: str) -> Html:
    """Words on one line in which `code` between backticks is shown as code, as in Markdown."""
    parts = clean(words).split("`")
    if len(parts) % 2 == 0:  # an open backtick is one
        return text(words)
    return join(*(tag("code", part) if number % 2 else part for number, part in enumerate(parts)))


def lines(words: str) -> Html:
    """Words that keep their lines, for ``<pre>``."""
    return Html("\n".join(html.escape(line) for line in clean_lines(words)))


def tag(element: str, /, *children: str, **attributes: str | int | bool | None) -> Html:
    """An element; ``class_`` and ``aria_label`` become ``class`` and ``aria-label``.

    An attribute that is None or False is left out, one that is True stands without a value.
    """
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if element in _VOID:
        return Html(f"<{element}{given}>")
    return Html(f"<{element}{given}>{join(*children)}</{element}>")


def join(*parts: str) -> Html:
    """Parts one after the other; those that are no markup are escaped."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts))


def table(head: list[str], rows: list[list[str]], caption: str) -> Html:
    """A table that scrolls by itself where the page is narrow."""
    top = tag("tr", *(tag("th", cell, scope="col") for cell in head))
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    inner = tag("table", tag("caption", caption), tag("thead", top), tag("tbody", *body))
    return tag("div", inner, class_="wide", tabindex=0, role="region", aria_label=caption)


def page(title: str, *body: str) -> Html:
    """A whole document that needs nothing beside it."""
    # No address can be loaded, whatever the page holds.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        Html(f"<style>\n{_file('style.css')}</style>"),
    )
    script = Html(f"<script>\n{_file('script.js')}</script>")
    return Html(
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n'
        f"{join(*body)}\n{script}\n</body>\n</html>\n"
    )


def _file(name: str) -> str:
    return resources.files("harness.report._site").joinpath(name).read_text(encoding="utf-8")
