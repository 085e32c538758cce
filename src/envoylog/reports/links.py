"""Links out of a report: from a request to its trace, from a time to its graphs."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

from envoylog.enrich.clusters import SHAPES
from envoylog.errors import UnknownNameError
from envoylog.questions.settings_file import SettingsTable

#: The link of the whole report, and of moments within it.
WINDOW: Final = "window"
_TIMES: Final = ("since", "until", "since_s", "until_s", "since_ms", "until_ms")
#: What a template over a column may name beside the times: the value, the columns of its row, and
#: of a cluster's name its parts.
_CLUSTER: Final = "upstream_cluster"
_PARTS: Final = ("name", "service", "namespace", "port", "subset", "direction")


@dataclass(frozen=True, slots=True)
class Links:
    """Templates of addresses.

    Attributes
    ----------
    templates : mapping of str to str
        By column, and `window`: `{request_id}` and the like stand for values, which are quoted.

    Examples
    --------
    >>> links = Links({"request_id": "https://tempo.example.com/trace/{request_id}"})
    >>> links.of("request_id", {"request_id": "a/b"}, {})
    'https://tempo.example.com/trace/a%2Fb'
    """

    templates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, table: SettingsTable) -> Links:
        """Read `[links]`, and refuse what no browser should be sent to."""
        found = {}
        for key in table.facts:
            template = table.string(key) or ""
            if not re.fullmatch(r"[a-z_][a-z0-9_]*", key):
                raise table.fault(f"{key!r} is no column", key)
            try:
                names = [
                    name for _, name, _, _ in string.Formatter().parse(template) if name is not None
                ]
            except ValueError:
                raise table.fault(f"{key}: a brace is left open in {template!r}", key) from None
            if urlsplit(template).scheme not in {"http", "https"} or not urlsplit(template).netloc:
                raise table.fault(f"{key} must start with https:// or http:// and a host", key)
            if urlsplit(template.split("{")[0]).netloc == "":
                raise table.fault(f"{key}: the host must not come from the log", key)
            for name in names:
                if key == WINDOW and name not in _TIMES:
                    raise table.fault(str(UnknownNameError("time", name, _TIMES)), key)
                if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
                    raise table.fault(f"{key}: {{{name}}} is no column: write {{{key}}}", key)
            found[key] = template
        return cls(found)

    def of(self, column: str, row: Mapping[str, object], times: Mapping[str, object]) -> str | None:
        """Write the address for a value; None without a template, or where a part is missing."""
        template = self.templates.get(column)
        if template is None or row.get(column) is None:
            return None
        values = {**times, **row}
        if column == _CLUSTER:
            values = {**cluster_names(str(row[column])), **values}
        return _fill(template, values)

    def window(self, times: Mapping[str, object]) -> str | None:
        """Write the address for the whole window."""
        template = self.templates.get(WINDOW)
        return None if template is None else _fill(template, times)


def times(since: datetime, until: datetime) -> dict[str, object]:
    """Give the times that a template may name."""
    seconds = [int(moment.timestamp()) for moment in (since, until)]
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "since_s": seconds[0],
        "until_s": seconds[1],
        "since_ms": seconds[0] * 1000,
        "until_ms": seconds[1] * 1000,
    }


def cluster_names(cluster: str) -> dict[str, str]:
    """Take the name of a cluster apart; `name` is that of the service without its domain.

    Examples
    --------
    >>> cluster_names("outbound|80|v1|shop.default.svc.cluster.local")["name"]
    'shop'
    """
    for shape in SHAPES:
        if match := re.fullmatch(shape.pattern, cluster):
            parts = {key: value for key, value in match.groupdict().items() if value}
            if "service" in parts:
                parts["name"] = parts["service"].partition(".")[0]
            return parts
    return {}


def _fill(template: str, values: Mapping[str, object]) -> str | None:
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    if any(values.get(name) is None for name in names):
        return None
    return template.format(**{name: quote(str(values[name]), safe="") for name in names})
