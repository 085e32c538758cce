"""The window of an answer: `1h`, `2026-11-24`, `2026-11-24T06:00:00Z`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from envoylog.errors import QueryError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_span(text: str) -> timedelta:
    """Read a length of time: a number with one of `s m h d w`.

    Raises
    ------
    QueryError
        If it is none.

    Examples
    --------
    >>> read_span("90m")
    datetime.timedelta(seconds=5400)
    """
    match = re.fullmatch(r"([0-9]{1,6})([smhdw])", text.strip())
    if not match or int(match[1]) == 0:
        raise QueryError(f"{text!r} is not a length of time: write 30s, 5m, 1h or 1d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def read_moment(text: str | datetime, newest: datetime | None) -> datetime:
    """Read one end of a window.

    Parameters
    ----------
    text : str or datetime
        An ISO 8601 date or time, UTC unless it has an offset; or a number with one of `s m h d w`,
        counted back from the newest request of the data, so that archives answer too.
    newest : datetime or None
        The start of the newest request.

    Returns
    -------
    datetime
        In UTC.

    Raises
    ------
    QueryError
        If it is neither.

    Examples
    --------
    >>> read_moment("90m", datetime(2026, 11, 24, 12, tzinfo=UTC)).isoformat()
    '2026-11-24T10:30:00+00:00'
    """
    if isinstance(text, datetime):
        return text if text.tzinfo else text.replace(tzinfo=UTC)
    if match := re.fullmatch(r"([0-9]{1,6})([smhdw])", text.strip()):
        if newest is None:
            raise QueryError(f"{text!r} counts back from the newest request, and there is none")
        return newest - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise QueryError(
            f"{text!r} is not a time: write 90m, 24h or 7d (back from the newest request), "
            "or 2026-11-24T06:00:00Z"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
