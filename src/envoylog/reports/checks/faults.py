"""Faults of a file, gathered so that all are told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from envoylog.errors import ConfigurationError


class Faults(list[str]):
    """Faults that are told together."""

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep a fault and go on."""
        try:
            yield
        except ConfigurationError as error:
            self.append(str(error))

    def tell(self) -> None:
        """Raise them, if there are any.

        Raises
        ------
        ConfigurationError
            With one line for each.
        """
        found = sorted(set(self), key=_line)
        if found:
            head = [f"the checks have {len(found)} faults:"] if len(found) > 1 else []
            raise ConfigurationError("\n".join([*head, *found]))


def _line(fault: str) -> tuple[int, str]:
    match = re.search(r", line (\d+): ", fault)
    return (int(match[1]) if match else 0), fault
