"""How fast an error budget burns, minute by minute, and when somebody should have been woken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

MINUTE: Final = timedelta(minutes=1)

#: The windows that are shown.
WINDOWS: Final = {
    "5m": timedelta(minutes=5),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
}

_MOST_ROWS = 200
_LEAST_BAD = 2  # one bad request in a quiet night wakes nobody


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule: so much of the budget within the long window, and still burning in the short one.

    The shares and windows are those of Google's SRE Workbook, chapter 5, table 5-8; for a period
    of 30 days they are burn rates of 14.4, 6 and 1.
    """

    severity: str
    share: float
    long: str
    short: str

    def rate(self, period: timedelta) -> float:
        """Give the burn rate from which it fires."""
        return self.share * (period / WINDOWS[self.long])


ALARMS: Final = (
    Alarm("page", 0.02, "1h", "5m"),
    Alarm("page", 0.05, "6h", "30m"),
    Alarm("ticket", 0.10, "3d", "6h"),
)


def burn_rates(
    events: pl.DataFrame, span: tuple[datetime, datetime], target: float
) -> pl.DataFrame:
    """Compute the burn rate of every window at the end of every minute.

    Parameters
    ----------
    events : polars.DataFrame
        `time` (minutes), `events`, `bad`.
    span : tuple of datetime
        From when to when.
    target : float
        The share that must be good.

    Returns
    -------
    polars.DataFrame
        `time` (the end of the minute), `events_so_far`, `bad_so_far`, and for each window its
        events, bad and burn rate.
    """
    first = span[0].replace(second=0, microsecond=0)
    minutes = pl.DataFrame({"time": pl.datetime_range(first, span[1], MINUTE, eager=True)})
    minutes = minutes.cast({"time": pl.Datetime("us", "UTC")})
    known = events.cast({"time": pl.Datetime("us", "UTC")})
    filled = minutes.join(known, on="time", how="left", maintain_order="left").fill_null(0)
    columns = [pl.col("events", "bad").cum_sum().name.suffix("_so_far")]
    for name, window in WINDOWS.items():
        size = window // MINUTE
        sums = {
            what: pl.col(what).cum_sum() - pl.col(what).cum_sum().shift(size, fill_value=0)
            for what in ("events", "bad")
        }
        rate = pl.when(sums["events"] > 0).then(sums["bad"] / sums["events"] / (1 - target))
        columns += [
            sums["events"].alias(f"events_{name}"),
            sums["bad"].alias(f"bad_{name}"),
            rate.otherwise(0.0).alias(f"burn_{name}"),
        ]
    return filled.select(pl.col("time") + MINUTE, *columns)


def over_time(rates: pl.DataFrame, budget: float) -> pl.DataFrame:
    """Take few enough rows to draw: what was spent at the end of each, and the fastest burn in it.

    Before the first event nothing is known.

    Parameters
    ----------
    rates : polars.DataFrame
        What `burn_rates` gives.
    budget : float
        How many may be bad.

    Returns
    -------
    polars.DataFrame
        `time`, `spent` (a share of the budget), and the burn rates of the long windows of alarms.
    """
    rates = rates.filter(pl.col("events_so_far") > 0)
    step = -(-rates.height // _MOST_ROWS)
    fastest = (pl.col(f"burn_{alarm.long}").max() for alarm in ALARMS)
    return (
        rates.group_by(pl.int_range(pl.len()) // max(step, 1), maintain_order=True)
        .agg(pl.col("time").last(), pl.col("bad_so_far").last().alias("spent"), *fastest)
        .select("time", pl.col("spent") / (budget or 1), pl.col("^burn_.*$"))
    )


def alerts(rates: pl.DataFrame, period: timedelta) -> Iterator[dict[str, object]]:
    """List when each rule would have fired, and until when."""
    for alarm in ALARMS:
        limit = alarm.rate(period)
        firing = (
            (pl.col(f"burn_{alarm.long}") >= limit)
            & (pl.col(f"burn_{alarm.short}") >= limit)
            & (pl.col(f"bad_{alarm.long}") >= _LEAST_BAD)
        )
        spans = (
            rates.with_columns(firing=firing)
            .with_columns(span=pl.col("firing").rle_id())
            .filter("firing")
            .group_by("span", maintain_order=True)
            .agg(
                pl.col("time").min().alias("since"),
                pl.col("time").max().alias("until"),
                pl.col(f"burn_{alarm.long}").max().alias("peak"),
            )
        )
        for row in spans.iter_rows(named=True):
            yield {
                "severity": alarm.severity,
                "rule": f"burn {limit:.3g} over {alarm.long} and {alarm.short}",
                "since": row["since"],
                "until": row["until"],
                "peak_burn": round(row["peak"], 2),
            }
