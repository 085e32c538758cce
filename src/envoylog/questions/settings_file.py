"""A TOML file of settings: its tables, read strictly; faults name their line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from envoylog.errors import ConfigurationError, InputError, QueryError, UnknownNameError
from envoylog.questions.window import read_span


def read_settings(path: str | Path) -> SettingsTable:
    """Read a file.

    Raises
    ------
    InputError
        If there is no such file.
    ConfigurationError
        If it is not TOML.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(f"{path} cannot be read: {reason}") from None
    return parse_settings(text, str(path))


def parse_settings(text: str, source: str) -> SettingsTable:
    r"""Read TOML; `source` is for messages.

    Examples
    --------
    >>> table = parse_settings("[limits]\nerrors = 'many'", "checks.toml").table("limits")
    >>> table.whole("errors", 0)
    Traceback (most recent call last):
    envoylog.errors.ConfigurationError: checks.toml, line 2: errors must be a whole number
    """
    try:
        return SettingsTable(source, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source} is not TOML: {error}") from None


@dataclass(frozen=True, slots=True)
class SettingsTable:
    """One table, and where it stands.

    Attributes
    ----------
    source, text : str
        The name and the content of the file.
    facts : mapping
        What the table holds.
    path : tuple of str and int
        Its names from the top, and its number where there are several.
    """

    source: str
    text: str
    facts: Mapping[str, object]
    path: tuple[str | int, ...] = ()

    def fault(self, message: str, key: str | None = None) -> ConfigurationError:
        """Make an error that names the file and the line."""
        return ConfigurationError(f"{self.source}, line {self._line(key)}: {message}")

    def only(self, *known: str) -> None:
        """Refuse keys that mean nothing."""
        for key in self.facts:
            if key not in known:
                raise self.fault(str(UnknownNameError("key", key, known)), key)

    def string(self, key: str, default: str | None = None) -> str | None:
        """Give a text."""
        value = self.facts.get(key, default)
        if value is not None and not isinstance(value, str):
            raise self.fault(f"{key} must be a text", key)
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """Give a list of texts; one text stands for a list of one."""
        value = self.facts.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise self.fault(f"{key} must be a text or a list of texts", key)
        return tuple(values)

    def whole(self, key: str, default: int | None = None) -> int | None:
        """Give a whole number, 0 or more."""
        value = self.facts.get(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.fault(f"{key} must be a whole number", key)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Give true or false."""
        value = self.facts.get(key, default)
        if not isinstance(value, bool):
            raise self.fault(f"{key} must be true or false", key)
        return value

    def span(self, key: str) -> timedelta | None:
        """Give a length of time, such as `1h`."""
        value = self.string(key)
        try:
            return None if value is None else read_span(value)
        except QueryError as error:
            raise self.fault(f"{key}: {error}", key) from None

    def table(self, key: str) -> SettingsTable:
        """Give the table `[key]`; an empty one if there is none."""
        value = self.facts.get(key, {})
        if not isinstance(value, Mapping):
            raise self.fault(f"{key} must be a table: write [{key}]", key)
        return SettingsTable(self.source, self.text, value, (*self.path, key))

    def tables(self, key: str) -> tuple[SettingsTable, ...]:
        """Give the tables `[[key]]`."""
        values = self.facts.get(key, [])
        if not isinstance(values, list) or not all(isinstance(one, Mapping) for one in values):
            raise self.fault(f"write [[{key}]], once for each", key)
        return tuple(
            SettingsTable(self.source, self.text, value, (*self.path, key, number))
            for number, value in enumerate(values)
        )

    def _line(self, key: str | None) -> int:
        lines = self.text.splitlines()
        start, dotted = 0, ""
        for part, after in zip(self.path, (*self.path[1:], 0), strict=False):
            if isinstance(part, int):
                continue
            dotted = f"{dotted}.{part}" if dotted else part
            heading = rf"\s*\[\[?\s*{re.escape(dotted)}\s*\]"
            found = [at for at in range(start, len(lines)) if re.match(heading, lines[at])]
            number = after if isinstance(after, int) else 0
            start = found[number] if number < len(found) else start
        body = start + bool(self.path)
        ends = (at for at in range(body, len(lines)) if re.match(r"\s*\[", lines[at]))
        named = rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]" if key is not None else "(?!)"
        within = range(start, next(ends, len(lines)))
        everywhere = within if self.path else range(len(lines))
        hits = (at for at in (*within, *everywhere) if re.match(named, lines[at]))
        return next(hits, start) + 1
