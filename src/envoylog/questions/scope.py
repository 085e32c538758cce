"""What an answer stands on: the window, the filters in force, and what was left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from envoylog.catalog.expressions import Filter
from envoylog.errors import QueryError, UnknownNameError
from envoylog.questions.question import KINDS

VANTAGES: Final = ("gateway", "inbound", "outbound")
_ALL: Final = "all"

# What lines that are left out are called: one, several.
_WORDS: Final = {
    "probe": ("probe", "probes"),
    "stream": ("stream", "streams"),
    "mirror": ("mirrored request", "mirrored requests"),
    "gateway": ("line of gateways", "lines of gateways"),
    "inbound": ("line of sidecars (inbound)", "lines of sidecars (inbound)"),
    "outbound": ("line of sidecars (outbound)", "lines of sidecars (outbound)"),
    "attempt": ("attempt (upstream log)", "attempts (upstream log)"),
    "progress": ("record of what is still under way", "records of what is still under way"),
}
_BUCKETS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400)
)
_MOST_BUCKETS: Final = 60
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which requests a question is asked of.

    Attributes
    ----------
    since, until : datetime or None
        The window by start time, `until` excluded.
    where : Filter or None
        An expression over the view.
    authority, cluster, route : tuple of str
        One of these, `*` for any text; empty for all.
    include : frozenset of str
        What a question would leave out and is to keep: `probe`, `stream`, `mirror`.
    vantage : str or None
        `gateway`, `inbound`, `outbound`, or `all`; None for the first that the data has.
    """

    since: datetime | None = None
    until: datetime | None = None
    where: Filter | None = None
    authority: tuple[str, ...] = ()
    cluster: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    include: frozenset[str] = frozenset()
    vantage: str | None = None

    def conditions(self) -> list[str]:
        """Write the conditions of SQL, with `$names` for all values."""
        found = []
        if self.since is not None:
            found.append("start_time >= $since")
        if self.until is not None:
            found.append("start_time < $until")
        if self.where is not None:
            found.append(self.where.sql)
        columns = (("authority",), ("upstream_cluster", "cluster_service"), ("route",))
        for (kind, values), names in zip(self._chosen(), columns, strict=True):
            if values:
                any_of = [
                    f"{name} {'glob' if '*' in value else '='} ${kind}_{number}"
                    for number, value in enumerate(values)
                    for name in names
                ]
                found.append(f"({' or '.join(any_of)})")
        return found

    def parameters(self) -> dict[str, object]:
        """Give the values of the `$names`."""
        found: dict[str, object] = {}
        if self.since is not None:
            found["since"] = self.since
        if self.until is not None:
            found["until"] = self.until
        for kind, values in self._chosen():
            for number, value in enumerate(values):
                # Only the star means something: users write names, not patterns.
                found[f"{kind}_{number}"] = (
                    value.replace("[", "[[]").replace("?", "[?]") if "*" in value else value
                )
        return found

    def columns(self) -> frozenset[str]:
        """Name the columns that the conditions need."""
        found = {"start_time"} | (self.where.columns if self.where else set())
        return frozenset(found | {"authority", "upstream_cluster", "cluster_service"}) | (
            {"route"} if self.route else set()
        )

    def words(self, zone: ZoneInfo) -> Iterator[str]:
        """Say the filters in force."""
        if self.since is not None:
            yield f"since {show(self.since, zone)}"
        if self.until is not None:
            yield f"until {show(self.until, zone)}"
        for kind, values in self._chosen():
            if values:
                yield f"{kind} {' or '.join(values)}"
        if self.where is not None:
            yield f"where {self.where.text}"

    def _chosen(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return (("authority", self.authority), ("cluster", self.cluster), ("route", self.route))


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer stands on.

    Attributes
    ----------
    since, until : datetime or None
        The start of the first and of the last request counted; None if there is none.
    requests : int
        How many requests were counted.
    filters : tuple of str
        The filters in force, in words.
    vantage : str or None
        Where the lines that were counted were written; None if all of them count.
    left_out : mapping of str to int
        How many lines within the filters were left out, by kind.
    data_since, data_until : datetime or None
        The start of the first and of the last request of the data.
    timezone : ZoneInfo
        In which times are shown.
    remarks : tuple of str
        What the question itself has to say of its data.
    unsaid : str
        Why it can say nothing, if so; else no rows mean that there is nothing.
    """

    since: datetime | None
    until: datetime | None
    requests: int
    filters: tuple[str, ...] = ()
    vantage: str | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    data_since: datetime | None = None
    data_until: datetime | None = None
    timezone: ZoneInfo = _UTC
    remarks: tuple[str, ...] = ()
    unsaid: str = ""

    @property
    def window(self) -> str:
        """Say how many requests in which window."""
        count = f"{self.requests:,} request{'' if self.requests == 1 else 's'}"
        if self.since is None or self.until is None:
            return count
        name = self.timezone.key
        shown = [
            f"{moment.astimezone(self.timezone):%Y-%m-%d %H:%M:%S}"
            for moment in (self.since, self.until)
        ]
        return f"{count}, {shown[0]} to {shown[1]} {name}"

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what else one must know: filters, what was left out, why there is nothing."""
        found = []
        if self.filters:
            found.append(f"filters: {'; '.join(self.filters)}")
        if self.vantage:
            found.append(
                f"only {_WORDS[self.vantage][1]}, so that no request counts twice (--vantage)"
            )
        if self.left_out:
            listed = ", ".join(
                f"{count:,} {_WORDS[kind][count > 1]}" for kind, count in self.left_out.items()
            )
            option = " (--include)" if set(KINDS) & set(self.left_out) else ""
            found.append(f"left out: {listed}{option}")
        if self.requests == 0:
            found.append(self._nothing())
        elif self.unsaid:
            found.append(self.unsaid)
        return (*found, *self.remarks)

    def _nothing(self) -> str:
        if self.left_out:
            return "nothing is left: all that the filters found was left out"
        if self.data_since is None or self.data_until is None:
            return "the data has no requests"
        data = f"{show(self.data_since, self.timezone)} to {show(self.data_until, self.timezone)}"
        return f"no request matches; the data has requests from {data}"


def read_kinds(include: Collection[str]) -> frozenset[str]:
    """Read what is to be kept that a question would leave out."""
    for kind in include:
        if kind not in KINDS:
            raise UnknownNameError("kind of request", kind, KINDS)
    return frozenset(include)


def read_vantage(vantage: str | None) -> str | None:
    """Read a vantage."""
    if vantage is not None and vantage not in {*VANTAGES, _ALL}:
        raise UnknownNameError("vantage", vantage, (*VANTAGES, _ALL))
    return vantage


def read_zone(name: str) -> ZoneInfo:
    """Read the name of a time zone, such as `Europe/Zurich`."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise QueryError(
            f"no time zone {name!r}: write a name such as Europe/Zurich or UTC"
        ) from None


def choose_vantage(asked: str | None, counts: Mapping[str, int]) -> str | None:
    """Choose one vantage, so that no request counts twice; None where all lines may count."""
    if asked == _ALL:
        return None
    return asked or next((v for v in VANTAGES if counts.get(v)), None)


def choose_window(scope: Scope, basis: Basis) -> tuple[datetime | None, datetime | None]:
    """Choose the ends of time lines: as asked for, else from the first request to the last.

    Before and after all data nothing is known, not even that nothing happened.
    """
    if basis.data_since is None or basis.data_until is None:
        return None, None
    since, until = scope.since or basis.since, scope.until
    if until is None:
        until = basis.until and basis.until + timedelta(microseconds=1)
    return (
        since and max(since, basis.data_since),
        until and min(until, basis.data_until + timedelta(microseconds=1)),
    )


def choose_bucket(since: datetime | None, until: datetime | None) -> timedelta:
    """Choose a length of time that cuts a window into at most sixty."""
    length = until - since if since is not None and until is not None else timedelta()
    fitting = (bucket for bucket in _BUCKETS if bucket * _MOST_BUCKETS >= length)
    return next(fitting, timedelta(days=7))


def show(moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment for people."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"
