"""Texts and values as a picture shows them: logs are hostile, and fonts have not every glyph."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, tzinfo
from typing import Final

#: What stands for a character that is not shown.
HIDDEN: Final = "·"
#: How long a text of the log may be in a sentence.
TEXT: Final = 44

# Letters that matplotlib's own font has, that stand alone and run from left to right. No controls,
# no marks that reorder or stack, no soft hyphen.
_UNSHOWN: Final = re.compile(
    r"[^ -~¡-¬®-ɏΆΈ-ΊΌΎ-ΡΣ-ώЀ-҂Ҋ-ӿ–—‘’“”•…‰€→−≈≤≥▁▂▃▄▅▆▇█○●]"  # noqa: RUF001 - these are the letters
)
_SIZES: Final = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_LENGTHS: Final = ((172_800_000, 86_400_000, "days"), (7_200_000, 3_600_000, "hours"),
                   (600_000, 60_000, "min"), (10_000, 1000, "s"))  # fmt: skip


def clean(text: object, length: int = TEXT) -> str:
    r"""Write a text of the log with nothing that hides, reorders or stacks, and not too long.

    Parameters
    ----------
    text : object
        What stands in the log.
    length : int
        How many characters at most.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> clean("/a\x1b[31m\u202e")
    '/a·[31m·'
    """
    if text is None:
        return "-"
    whole = str(text)
    if len(whole) > 4 * length:  # normalising a megabyte takes its time
        whole = f"{whole[: 2 * length]}{whole[-2 * length :]}"
    shown = _UNSHOWN.sub(HIDDEN, unicodedata.normalize("NFC", whole))
    if len(shown) <= length:
        return shown
    front = length // 2
    return f"{shown[:front]}…{shown[front - length + 1 :]}"


def literal(text: str) -> str:
    r"""Keep matplotlib from reading `$` as mathematics.

    Examples
    --------
    >>> print(literal("/price/$5"))
    /price/\$5
    """
    return text.replace("$", r"\$")


def plain(text: object, length: int = TEXT) -> str:
    """Write a text of the log for matplotlib."""
    return literal(clean(text, length))


def shown(  # noqa: PLR0911
    value: object, unit: str = "", zone: tzinfo | None = None, length: int = TEXT
) -> str:
    """Write a value for people.

    Parameters
    ----------
    value : object
        A value of an answer.
    unit : str
        Its UCUM unit, or `ratio`.
    zone : tzinfo, optional
        In which moments are shown.
    length : int
        How many characters a text has at most.

    Returns
    -------
    str

    Examples
    --------
    >>> shown(0.1239, "ratio"), shown(0.99996, "ratio"), shown(84_200, "ms"), shown(1203)
    ('12.4%', '99.996%', '84.2 s', '1,203')
    """
    if isinstance(value, datetime):
        local = value.astimezone(zone) if zone else value
        return f"{local:%m-%d %H:%M}" if local.second == 0 else f"{local:%m-%d %H:%M:%S}"
    if isinstance(value, timedelta):
        return shown(value.total_seconds() * 1000, "ms")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return clean(value, length)
    if unit == "ratio":
        return _percent(value)
    if unit == "By":
        size, name = next((s for s in _SIZES if abs(value) >= s[0]), (1, "B"))
        return f"{_digits(value / size)} {name}"
    if unit == "ms":
        fitting = ((size, name) for least, size, name in _LENGTHS if abs(value) >= least)
        size, name = next(fitting, (1, "ms"))
        return f"{_digits(value / size)} {name}"
    return f"{_digits(value)}{unit if unit.startswith('/') else f' {unit}' if unit else ''}"


def _percent(value: float) -> str:
    """Write a share; what is less than all is never shown as all."""
    text = f"{100 * value:.3g}"
    if abs(value) >= 1 or text == "100":
        text = f"{100 * value:,.0f}" if abs(value) >= 1 else f"{100 * value:.5g}"
    return f"{text}%"


def _digits(value: float) -> str:
    return (
        f"{value:,}"
        if isinstance(value, int)
        else (
            f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 - three digits
        )
    )
