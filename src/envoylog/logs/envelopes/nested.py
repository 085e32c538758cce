"""An envelope inside another: a shipper took the lines of a container runtime as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from envoylog.logs.envelopes.envelope import FACTS, GOES_ON, PAYLOAD, Envelope
from envoylog.logs.envelopes.table import ENVELOPES

#: What shippers read.
RUNTIMES: Final = tuple(ENVELOPES[name] for name in ("CRI", "docker"))


def nested(outer: Envelope, inner: Envelope) -> Envelope:
    r"""Make one envelope of two.

    Parameters
    ----------
    outer, inner : Envelope
        A shipper's, and a container runtime's inside it.

    Returns
    -------
    Envelope
        What both tell becomes facts; of what both say, the inner one was nearer.

    Examples
    --------
    >>> both = nested(ENVELOPES["Fluent Bit"], ENVELOPES["CRI"])
    >>> line = r'{"log":"2026-11-24T00:33:15Z stdout F a line","kubernetes":{"pod_name":"web"}}'
    >>> both.decode(pl.Series([line])).select("payload", "stream", "pod").row(0)
    ('a line', 'stdout', 'web')
    """

    def decode(lines: pl.Series) -> pl.DataFrame:
        shipped = outer.decode(lines)
        ran = inner.decode(shipped[PAYLOAD].fill_null("").str.strip_suffix("\n"))
        return pl.select(
            pl.coalesce(frame[name] for frame in (ran, shipped) if name in frame.columns).alias(
                name
            )
            for name in (PAYLOAD, GOES_ON, *FACTS)
            if name in ran.columns or name in shipped.columns
        )

    return replace(
        outer,
        name=f"{inner.name} in {outer.name}",
        decode=decode,
        may_go_on=lambda _data: True,
    )
