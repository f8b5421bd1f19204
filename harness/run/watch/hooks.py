"""What the observers need of the worker that runs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from harness.model import Event


class Hooks(Protocol):
    """The worker, as the observers see it."""

    def emit(self, event_type: type[Event], **fields: Any) -> int:
        """Record an event and return its sequence number, which is filled in here.

        Without a field ``line`` the article line now executing is used.
        """
        ...

    def aside(self, error: Exception, line: int | None, /) -> None:
        """Record what was raised by something that was only tried, from an article line; the run goes on."""
        ...

    def line(self) -> int | None:
        """The innermost article line now executing."""
        ...

    def in_loop(self) -> bool | None:
        """Whether that line stands in a loop of the article, or was called from one."""
        ...

    def updates_left(self) -> int:
        """Training updates left for the loop or call now executing; huge where unlimited."""
        ...

    def seconds_left(self) -> float:
        """Wall time that one training call may take, so that what stands behind it has some too."""
        ...

    def count_updates(self, n: int) -> None:
        """Charge ``n`` training updates to the budget."""
        ...

    def count_compilation(self) -> None:
        """Charge a model that was compiled, whose step is to be traced anew, to the budget."""
        ...

    def namespace(self) -> Mapping[str, object]:
        """The program's globals, for the names under which it holds its models."""
        ...

    @property
    def limits_rows(self) -> int:
        """Largest number of rows that one batch may have; larger ones are reduced."""
        ...
