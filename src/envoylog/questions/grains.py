"""Grains of time: so small that none lies on two sides of an hour of some zone, nor of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import gcd
from typing import Final, Self
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_QUARTER: Final = timedelta(minutes=15)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Grains:
    """Equal times that follow each other.

    To tell the grain of a row is arithmetic; to tell its time in a zone costs five times as much.

    Attributes
    ----------
    origin : int
        Where the first begins, in microseconds of Unix.
    length : int
        How long each is, in microseconds.
    """

    origin: int
    length: int

    @classmethod
    def of(cls, since: datetime, until: datetime, bucket: timedelta, zone: ZoneInfo) -> Self:
        """Cut a time into grains.

        Parameters
        ----------
        since, until : datetime
            What they cover at least, in any zone.
        bucket : timedelta
            What by the clocks of the zone is to be some whole grains.
        zone : ZoneInfo
            The clocks do not change within a grain.

        Returns
        -------
        Grains

        Examples
        --------
        >>> span = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
        >>> Grains.of(*span, timedelta(hours=1), ZoneInfo("Europe/Zurich")).length // 10**6
        900
        """
        begin = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        quarters = (begin + n * _QUARTER for n in range((until - begin) // _QUARTER + 1))
        # Nearly all clocks change at quarters of an hour, by some of them. Some did not.
        even = all(
            before == after and not before % _QUARTER
            for quarter in quarters
            for before, after in [(_offset(quarter, zone), _offset(quarter + _LAST, zone))]
        )
        longest = _QUARTER if even else _SECOND
        return cls(
            (begin - _EPOCH) // _MICROSECOND,
            gcd(bucket // _MICROSECOND, longest // _MICROSECOND),
        )


_LAST: Final = _QUARTER - _MICROSECOND


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
