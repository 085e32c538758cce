"""What tells the versions of a service apart: a subset, a cluster, a header, a column."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from envoylog.catalog.companions import quote
from envoylog.errors import QueryError, UnknownNameError
from envoylog.questions.releases.source import Source

# What users type, and the column it stands for. Sidecars before the application know the subset
# from the name that the calling sidecar asked for by TLS.
_KEYS = {
    "subset": ("coalesce(cluster_subset, sni_subset)", "cluster_subset|sni_subset"),
    "cluster": ("rtrim(upstream_cluster, ';')", "upstream_cluster"),
    "service": ("cluster_service", "cluster_service"),
    "host": ("upstream_host", "upstream_host"),
}


@dataclass(frozen=True, slots=True)
class VersionKey:
    """Where a request's version is read.

    Attributes
    ----------
    name : str
        As the user wrote it.
    sql : str
        An expression over the view.
    needs : str
        The columns that it needs, in the words of a question.
    """

    name: str
    sql: str
    needs: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of one log, under the filters in force.

    Attributes
    ----------
    source : Source
        The log.
    key : VersionKey
        What tells the versions apart.
    baseline, candidate : str
        The versions.
    """

    source: Source
    key: VersionKey
    baseline: str
    candidate: str

    @property
    def values(self) -> dict[str, str]:
        """The values of the `$names`."""
        return {"baseline": self.baseline, "candidate": self.candidate}


def read_key(by: str, columns: Collection[str]) -> VersionKey:
    """Read what tells versions apart.

    Parameters
    ----------
    by : str
        `subset`, `cluster`, `service`, `host`, a header such as `x-version`, or a column.
    columns : collection of str
        Those of the view.

    Returns
    -------
    VersionKey

    Raises
    ------
    UnknownNameError
        If there is no such column.

    Examples
    --------
    >>> read_key("x-version", ["req_x_version"]).sql
    '"req_x_version"::varchar'
    """
    if by in _KEYS:
        return VersionKey(by, *_KEYS[by])
    header = re.sub(r"[^a-z0-9]+", "_", by.lower())
    for column in (by, f"req_{header}", f"resp_{header}"):
        if column in columns:
            return VersionKey(by, f"{quote(column)}::varchar", column)
    raise UnknownNameError("column or header", by, [*_KEYS, *columns])


def choose_pair(
    found: Sequence[str], baseline: str | None, candidate: str | None, key: str
) -> tuple[str, str]:
    """Choose which version is held against which; `found` is sorted by name.

    Examples
    --------
    >>> choose_pair(["v1", "v2"], None, None, "subset")
    ('v1', 'v2')
    """
    for given in (baseline, candidate):
        if given is not None and given not in found:
            raise UnknownNameError(key, given, list(found))
    rest = [version for version in found if version not in {baseline, candidate}]
    if baseline is None and rest:
        baseline = rest.pop(0)
    if candidate is None and len(rest) == 1:
        candidate = rest.pop()
    if baseline is None or candidate is None or baseline == candidate:
        listed = ", ".join(found) or "none"
        raise QueryError(
            f"canary compares two versions, and by {key} there is: {listed}; "
            "say which with --baseline and --candidate, or what tells them apart with --by"
        )
    return baseline, candidate
