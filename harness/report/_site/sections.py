"""The parts of a page under the text: training, speed, and how the article was run."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence

from harness.model import Confinement
from harness.report._reviews import not_run, protections, ran
from harness.report._site.markup import Html, table, tag
from harness.report._site.plot import plot
from harness.report._site.view import ArticleView, Speed


def training_section(view: ArticleView) -> Html:
    """The program's digits over training, its losses and its distance from real digits."""
    whose = "the corrected program" if view.errata else "the program"
    title = tag("h2", f"How {whose} learns")
    seen = view.training
    if seen is None or seen.outdated:
        why = "What was measured is of another text of this program. " if seen else "Not measured. "
        return tag("section", title, _unmeasured(why, f"errata run {_run_name(view)} --record"))
    parts: list[str] = [title]
    if seen.learns is not None:
        parts.append(
            tag("p", "It learns." if seen.learns else "It does NOT learn.", class_=_good(seen.learns))
        )
    parts += [tag("p", words, class_="quiet") for words in seen.lacks]
    if seen.distances.series:
        parts.append(tag("p", f"{seen.how}. {_MEANING}" if seen.how else _MEANING, class_="quiet"))
    if seen.digits:
        parts.append(
            tag("div", *(_picture(caption, data, whose) for caption, data in seen.digits), class_="digits")
        )
    plots: list[Html] = []
    if seen.losses.series:
        plots.append(plot("Losses over training", "epoch", "loss", seen.losses.epochs, seen.losses.series))
    for name, values in seen.distances.series.items():
        plots.append(plot(f"{name} over training", "epoch", name, seen.distances.epochs, {name: values}))
    return tag("section", *parts, tag("div", *plots, class_="plots"))


_MEANING = (
    "Held against 1,000 real digits that training has not seen. Fréchet distance: smaller is better, "
    "other real digits have about 2. Coverage: larger is better, other real digits have .97."
)


def _run_name(view: ArticleView) -> str:
    """What ``errata run`` calls the program of this page."""
    return view.slug if view.errata else view.review.article.path


def _good(yes: bool) -> str:
    return "good" if yes else "warn"


def _unmeasured(why: str, command: str) -> Html:
    return tag("p", f"{why}This measures it: ", tag("code", command), class_="quiet")


def _picture(caption: str, data: bytes, whose: str) -> Html:
    source = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
    image = tag("img", src=source, alt=f"Digits drawn by {whose}, {caption}")
    return tag("figure", image, tag("figcaption", caption))


def speed_section(view: ArticleView) -> Html:
    """Images a second, by batch size and backend."""
    title = tag("h2", "How fast it trains")
    if not view.speeds:
        if not view.errata:  # only corrected programs are timed
            return tag("section", title, tag("p", "Not measured.", class_="quiet"))
        command = f"errata bench {view.slug} --format json --output output/bench.json"
        return tag("section", title, _unmeasured("Not measured. ", command))
    parts: list[str] = [title]
    for backend, device in dict.fromkeys((one.backend, one.device) for one in view.speeds):
        rows = [one for one in view.speeds if (one.backend, one.device) == (backend, device)]
        parts.append(_throughput(f"{backend} on {device}", sorted(rows, key=lambda one: one.batch)))
    head = ["backend", "device", "batch", "images a second", "IQR", "against the reference"]
    head += ["against the article's way", "of the device's limit", "compiling"]
    parts.append(table(head, [_speed(one) for one in view.speeds], "Throughput of the corrected program"))
    return tag("section", *parts)


def _throughput(title: str, rows: Sequence[Speed]) -> Html:
    """Images a second by batch size; one batch size alone is only in the table."""
    if len({one.batch for one in rows}) < 2:
        return Html("")
    series = {
        "corrected program": [one.median for one in rows],
        "the same step written by hand": [one.reference_rate for one in rows],
        "the article's way": [one.article_rate for one in rows],
    }
    known = {
        name: tuple(math.nan if rate is None else rate for rate in rates)
        for name, rates in series.items()
        if any(rates)
    }
    batches = tuple(float(one.batch) for one in rows)
    return plot(title, "batch size", "images a second", batches, known, doubling=True)


def _speed(one: Speed) -> list[str]:
    def told(value: float | None, form: str) -> str:
        return "not measured" if value is None else form.format(value)

    return [
        one.backend,
        one.device,
        str(one.batch),
        one.error or told(one.median, "{:,.0f}"),
        told(one.iqr, "{:,.0f}"),
        told(one.reference, "{:.2f} times"),
        told(one.article_way, "{:.2f} times"),
        told(one.utilisation, "{:.0%}"),
        told(one.compile_seconds, "{:.1f} s"),
    ]


def run_section(view: ArticleView) -> Html:
    """Confinement, versions, coverage and what else a reader must know."""
    pairs = [part for name, value in _facts(view) for part in (tag("dt", name), tag("dd", value))]
    return tag("section", tag("h2", "How it was run"), tag("dl", *pairs))


def _facts(view: ArticleView) -> Iterator[tuple[str, str]]:
    review = view.review
    yield "ran", ran(review)
    if missed := not_run(review):
        yield "not run", missed
    if review.peak_memory:
        yield "memory", f"{review.peak_memory / 2**20:,.0f} MiB at the peak"
    yield "confined", _confinement(review.confinement)
    versions = {**{k: v for k, v in review.environment.items() if v}, **view.versions}
    yield "versions", ", ".join(f"{name} {version}" for name, version in versions.items()) or "not known"
    for note in review.notes:
        yield "remark", note


def _confinement(how: Confinement | None) -> str:
    if how is None:
        return "nothing had to be run"
    if how.backend == "none":
        return "NOT CONFINED: the code ran with the rights of the caller (--unsafe)"
    held, lacking = protections(how)
    told = f"{how.backend}: {', '.join(held) or 'no protection at all'}"
    if lacking:
        told += f"; NOT in force: {', '.join(lacking)}"
    return f"{told} ({how.detail})" if how.detail else told
