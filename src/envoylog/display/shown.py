"""Values as people read them: units, separators, nothing that hides or acts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from typing import Final, NamedTuple

# Control characters, and those that reorder what is read: a log line may hold them.
_UNSAFE: Final = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
#: How units are shown; a ratio shows as a percentage in each cell.
_UNITS: Final = {"ratio": "", "By": "B"}


class Shown(NamedTuple):
    """A value as it is shown, and whether it is a number."""

    text: str
    is_number: bool


def safe(text: str) -> str:
    r"""Show control characters as `\x1b` instead of sending them on.

    Examples
    --------
    >>> safe("\x1b[31mred")
    '\\x1b[31mred'
    """
    return re.sub(_UNSAFE, lambda match: match[0].encode("unicode_escape").decode(), text)


def unit_shown(unit: str | None) -> str:
    """Write a unit for the head of a column."""
    return _UNITS.get(unit or "", unit or "")


def shown(  # noqa: PLR0911 - a table of types
    value: object, unit: str | None = None, zone: tzinfo | None = None
) -> Shown:
    """Write one value.

    Parameters
    ----------
    value : object
        As it stands in an answer.
    unit : str, optional
        Its UCUM unit; `ratio` is a share of 1.
    zone : tzinfo, optional
        In which moments are shown; else as they come.

    Returns
    -------
    Shown

    Examples
    --------
    >>> shown(12345), shown(0.0123, "ratio").text, shown(None).text
    (Shown(text='12,345', is_number=True), '1.23%', '-')
    """
    if value is None:
        return Shown("-", is_number=False)
    if isinstance(value, bool):
        return Shown(str(value).lower(), is_number=False)
    if isinstance(value, int):
        return Shown(f"{value:,}", is_number=True)
    if isinstance(value, float):
        return Shown(f"{value:.2%}" if unit == "ratio" else f"{value:,.6g}", is_number=True)
    if isinstance(value, datetime):
        # The zone stands above the table; Envoy writes milliseconds.
        moment = value.astimezone(zone) if zone else value
        text = moment.isoformat(" ", "milliseconds")[: len("2026-11-24 02:37:01.454")]
        return Shown(text.removesuffix(".000"), is_number=False)
    if isinstance(value, timedelta):
        return Shown(str(value), is_number=False)
    if isinstance(value, list):
        return Shown(safe(",".join(map(str, value))) or "-", is_number=False)
    return Shown(safe(str(value)), is_number=False)


def size(count: int) -> str:
    """Write a number of bytes for people, in powers of 1000.

    Examples
    --------
    >>> size(747_122)
    '747 kB'
    """
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 - SI prefixes
            return f"{amount:.3g} {unit}" if unit != "B" else f"{count} B"
        amount /= 1000
    return f"{amount:.3g} TB"
