"""What the libraries removed or renamed, and what to write instead; read from ``changes.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

#: Since this version tensorflow.keras is plain Keras.
_TOGETHER = "Keras 3.0"
# What only programs of TensorFlow 1 write, which build a graph and run it in a session.
_GRAPHS = re.compile(r"\b(Session|placeholder|get_default_graph|global_variables_initializer)\(|\.minimize\(")


@dataclass(frozen=True)
class Change:
    """One removal or renaming.

    ``old`` and ``new`` are modules, dotted names, attributes or keyword arguments, by the table they
    stand in; ``new`` is empty where there is no successor.  ``removed`` names the version without
    the old spelling and is empty where the old spelling never worked.  ``package`` is a package to
    install for the successor.  ``owner`` is the class or function that had the attribute or argument.
    ``when`` says, in words, in which case only the old spelling fails; ``outputs`` ("one", "many")
    restricts a change to models with that many numbers a row.

    ``tensorflow`` is the version since which ``tensorflow.keras`` lacks the old spelling, "" where it never
    had it, and None where that follows from ``removed``.  ``only`` is the old spelling of plain Keras where
    the article looks for it in ``tensorflow.keras``, which never had it; ``removed`` is plain Keras's then.
    ``eager`` is the successor for programs that build no graphs by hand, where ``new`` is one for those.
    ``remark`` says, of an argument, what more there is to do than to write the new name; of a module or a
    name without a successor, what to do instead.
    """

    old: str
    new: str = ""
    removed: str = ""
    package: str | None = None
    owner: str = ""
    template: str | None = None
    outputs: str | None = None
    when: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    tensorflow: str | None = None
    only: str = ""
    eager: str = ""
    remark: str = ""

    def successor(self, program: str) -> str:
        """What to write instead in a program of this text: "" where nothing took the thing's place."""
        return self.eager if self.eager and not _GRAPHS.search(program) else self.new


@dataclass(frozen=True)
class Changes:
    """All tables: modules and names by their full old name, arguments by (owner, argument)."""

    modules: Mapping[str, Change]
    names: Mapping[str, Change]
    attributes: tuple[Change, ...]
    arguments: Mapping[tuple[str, str], Change]

    def module(self, name: str) -> Change | None:
        """The change that took a module away, in the article's spelling of Keras' package."""
        return _in_spelling(self.modules, name, has=lambda change: False)

    def name(self, dotted: str) -> Change | None:
        """The change that took a name of a module away, in the article's spelling of Keras' package."""
        return _in_spelling(self.names, dotted, has=lambda change: change.removed == _TOGETHER)

    def attribute(self, owners: Iterable[str], old: str) -> tuple[Change, ...]:
        known = set(owners)
        return tuple(change for change in self.attributes if change.old == old and change.owner in known)

    def argument(self, owners: Iterable[str], old: str) -> Change | None:
        """The change of a keyword argument; the first owner that has one decides."""
        return next((self.arguments[owner, old] for owner in owners if (owner, old) in self.arguments), None)


@cache
def changes() -> Changes:
    """The tables, loaded once."""
    table = tomllib.loads(files(__package__).joinpath("changes.toml").read_text("utf-8"))
    return Changes(
        modules={old: Change(old=old, **entry) for old, entry in table["modules"].items()},
        names={old: Change(old=old, **entry) for old, entry in table["names"].items()},
        attributes=tuple(Change(**entry) for entry in table["attributes"]),
        arguments={
            (owner, old): Change(old=old, owner=owner, **entry)
            for owner, entries in table["arguments"].items()
            for old, entry in entries.items()
        },
    )


def _in_spelling(table: Mapping[str, Change], name: str, has: Callable[[Change], bool]) -> Change | None:
    """Look up ``name``; one that begins with tensorflow.keras is also looked up as plain keras.

    ``has`` says, of an entry that is silent about it, whether tensorflow.keras had the thing until it went.
    """
    if name in table:
        return table[name]
    prefix = "tensorflow."
    plain = table.get(name.removeprefix(prefix)) if name.startswith("tensorflow.keras") else None
    if plain is None:
        return None
    removed = plain.tensorflow
    if removed is None:
        removed = plain.removed if has(plain) else ""
    new = prefix + plain.new if plain.new.startswith("keras") else plain.new
    return Change(
        old=prefix + plain.old,
        new=new,
        removed=removed or plain.removed,
        package=plain.package,
        only="" if removed else plain.old,
        values=plain.values,
        remark=plain.remark,
    )


def public_name(module: str) -> str:
    """The name by which an article knows a module, whatever the library calls it inside."""
    module = re.sub(r"^keras\.(?:api\.)?_tf_keras\.keras\b", "tensorflow.keras", module)
    module = re.sub(r"^tf_keras\.api\._v2\.keras\b", "tensorflow.keras", module)
    module = re.sub(r"^tf_keras\b", "keras", module)
    module = re.sub(r"^keras\.api\b", "keras", module)
    return re.sub(r"^tensorflow\._api\.v2\b", "tensorflow", module)
