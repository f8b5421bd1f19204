"""Which models and optimizers the program has made: small numbers in order of first sight."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any


class Numbers:
    """Small numbers for objects, held weakly: a number is never given twice."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, Callable[[], Any]]] = {}
        self._next = 0

    def find(self, thing: Any) -> int | None:
        """The number of an object, or None where it has none yet."""
        entry = self._known.get(id(thing))
        return entry[0] if entry is not None and entry[1]() is thing else None

    def of(self, thing: Any) -> int:
        """The number of an object, a new one at first sight."""
        found = self.find(thing)
        if found is not None:
            return found
        number, self._next = self._next, self._next + 1
        key = id(thing)
        try:
            held: Callable[[], Any] = weakref.ref(thing, lambda _: self._forget(key, number))
        except TypeError:  # an object that cannot be held weakly is kept alive instead
            held = _strong(thing)
        self._known[key] = (number, held)
        return number

    def alive(self) -> Iterator[tuple[int, Any]]:
        """All numbered objects that still exist, by number."""
        for number, held in sorted(self._known.values(), key=lambda entry: entry[0]):
            thing = held()
            if thing is not None:
                yield number, thing

    def _forget(self, key: int, number: int) -> None:
        entry = self._known.get(key)
        if entry is not None and entry[0] == number:
            del self._known[key]


def _strong(thing: Any) -> Callable[[], Any]:
    return lambda: thing


class Registry:
    """The models and optimizers of a program.

    A model gets its number when it is first used, compiled, or found inside such a model; where
    it was made is remembered from its creation on.
    """

    def __init__(self, model_class: type[Any]) -> None:
        self._model_class = model_class
        self.models = Numbers()
        self.optimizers = Numbers()
        self._created: dict[int, tuple[Callable[[], Any], int | None]] = {}

    def created(self, model: Any, line: int | None) -> None:
        """Remember where a model was made; it is not described before it is used."""
        self._created[id(model)] = (weakref.ref(model), line)

    def created_line(self, model: Any) -> int | None:
        entry = self._created.get(id(model))
        return entry[1] if entry is not None and entry[0]() is model else None

    def unused(self) -> list[Any]:
        """Models that were made and are alive but have not been sighted, in order of creation."""
        made = [held() for held, _ in list(self._created.values())]
        return [model for model in made if model is not None and self.models.find(model) is None]

    def is_model(self, thing: object) -> bool:
        return isinstance(thing, self._model_class)

    def inside(self, model: Any) -> list[Any]:
        """The models that a model holds as layers, outermost first, without itself."""
        try:
            layers = list(model._flatten_layers(include_self=False, recursive=True))
        except Exception:  # a half-built or hostile subclass: nothing can be said of its inside
            return []
        functional = vars(model).get("_functional")
        return [layer for layer in layers if self.is_model(layer) and layer is not functional]
