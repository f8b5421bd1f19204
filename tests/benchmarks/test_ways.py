"""The articles' ways of training: declared as data, and correct in what they train."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from harness.measure.functional import arrays
from harness.measure.throughput.gate import Enough
from harness.measure.throughput.players import Players
from harness.measure.throughput.ways import _CHOICES, Way, WayError, read_way, train, way_of
from tests.benchmarks.samples import WAY

ROOT = Path(__file__).parents[2]
FILES = sorted(ROOT.glob("articles/*/bench.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_the_ways_of_the_kept_articles(path: Path) -> None:
    way = read_way(path)
    assert way is not None
    first, last = map(int, way.lines.split("-"))
    text = (path.parent / "article.md").read_text().split("\n")[first - 1 : last]
    # What the file says is done stands in these lines.
    said = "fit(" if way.update == "fit" or path.parent.name == "dense_gan" else f"{way.update}("
    assert any(said in line for line in text)
    assert (way.compile == "each-step") == any(
        line.startswith("    ") and ".compile(" in line for line in text
    )


def test_an_article_that_trains_nothing_has_no_way() -> None:
    assert read_way(ROOT / "articles/upsampling_gan/bench.toml") is None
    assert len(FILES) == len(list(ROOT.glob("articles/*/article.md"))) - 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"update": "fit_generator"},
            "found way.update = 'fit_generator', expected one of train_on_batch, fit",
        ),
        ({"title": None}, "found way.title = None, expected a text"),
        ({"epochs": "3"}, "found way.epochs, expected only title, lines, generate"),
    ],
)
def test_another_way_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(WayError) as refused:
        way_of({**asdict(WAY), **change}, "bench.toml")
    assert str(refused.value).startswith(f"bench.toml: {message}")


@pytest.mark.parametrize(
    ("text", "message"), [("way = [", "cannot be read as TOML"), ("x = 1", r"found no table \[way\]")]
)
def test_another_file_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bench.toml").write_text(text)
    with pytest.raises(WayError, match=message):
        read_way(tmp_path / "bench.toml")


def players() -> Players:
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6, "tanh")])
    discriminator = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])
    gan = keras.Sequential([generator, discriminator])
    gan.compile(optimizer=keras.optimizers.Adam(0.01, beta_1=0.5))
    images = np.random.default_rng(0).normal(size=(64, 6)).astype(np.float32)
    return Players(generator, discriminator, gan, images, (4,))


class Passes:
    """A gate that lets a few steps through."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def passed(self, steps: int) -> None:
        self._left -= steps
        if self._left <= 0:
            raise Enough


def variations() -> Iterator[Way]:
    """Each value of each key once."""
    yield WAY
    for key, values in _CHOICES.items():
        yield from (replace(WAY, **{key: value}) for value in values if value != getattr(WAY, key))


@pytest.mark.parametrize("way", tuple(variations()), ids=lambda way: "-".join(asdict(way).values())[30:])
def test_a_way_trains_each_player_in_its_own_step_only(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.measure.throughput import ways

    found = players()
    moved: list[tuple[bool, bool]] = []
    plain = ways._UPDATES[way.update]

    def update(model: Any, inputs: Any, targets: Any) -> None:
        before = [arrays(player.variables) for player in (found.generator, found.discriminator)]
        plain(model, inputs, targets)
        after = [arrays(player.variables) for player in (found.generator, found.discriminator)]
        changed = [
            any((a != b).any() for a, b in zip(old, new, strict=True))
            for old, new in zip(before, after, strict=True)
        ]
        moved.append((changed[0], changed[1]))

    monkeypatch.setattr(ways, "_UPDATES", {way.update: update})
    with pytest.raises(Enough):
        train(found, way, 8, Passes(3))  # type: ignore[arg-type]  # a gate without a clock
    lessons = 1 if way.discriminator == "joined" else 2
    assert moved == [*[(False, True)] * lessons, (True, False)] * 3


def test_compiling_in_the_loop_keeps_the_optimizers_moments() -> None:
    found = players()
    made: list[Any] = []
    optimizer = Players.optimizer

    class Kept(Players):
        def optimizer(self) -> Any:
            made.append(optimizer(self))
            return made[-1]

    kept = Kept(found.generator, found.discriminator, found.gan, found.images, found.latent_shape)
    with pytest.raises(Enough):
        train(kept, replace(WAY, compile="each-step"), 8, Passes(3))  # type: ignore[arg-type]
    assert [int(one.iterations) for one in made] == [6, 3]  # two lessons a step, one of the generator
