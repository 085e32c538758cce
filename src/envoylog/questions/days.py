"""Days cut into equal times by the clocks on the wall, each of which has its like on other days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import polars as pl

from envoylog.errors import QueryError

if TYPE_CHECKING:
    import numpy as np

    from envoylog.statistics.anomalies import Block
    from envoylog.statistics.difference import Numbers

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
#: The share of a time that may be missing at the ends of the data.
_LACKING: Final = 20


@dataclass(frozen=True, slots=True)
class Days:
    """Times of days, numbered from the first midnight on.

    Attributes
    ----------
    first : date
        The day of time 0.
    bucket : timedelta
        How long each is.
    zone : ZoneInfo
        Whose clocks cut them.
    start, end : int
        Which of them are looked at.
    span : tuple of datetime
        What the data cover.
    most : int
        With how many days each is compared, at most.
    """

    first: date
    bucket: timedelta
    zone: ZoneInfo
    start: int
    end: int
    span: tuple[datetime, datetime]
    most: int

    @classmethod
    def of(
        cls, span: tuple[datetime, datetime], bucket: timedelta, period: timedelta, most: int,
        zone: ZoneInfo,
    ) -> Days:  # fmt: skip
        """Cut what lies before the end of the data.

        Raises
        ------
        QueryError
            If a day is no multiple of the bucket.
        """
        if _DAY % bucket:
            raise QueryError(f"a day cannot be cut into times of {bucket}: write 15m, 1h, 6h or 1d")
        ends = (span[1] + bucket / _LACKING).astimezone(zone).replace(tzinfo=None)
        begins = span[0].astimezone(zone).date()
        # As many weeks back as give so many days from Monday to Friday.
        first = max(begins, (ends - period).date() - (most + 7) * _DAY)
        end = (ends - datetime.combine(first, time())) // bucket
        return cls(first, bucket, zone, max(0, end - max(1, period // bucket)), end, span, most)

    @property
    def per_day(self) -> int:
        """How many times a day has."""
        return _DAY // self.bucket

    def moment(self, number: int) -> datetime:
        """Tell when a time begins."""
        local = datetime.combine(self.first, time()) + number * self.bucket
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def refusal(self) -> str:
        """Tell why nothing can be compared, if so."""
        from envoylog.statistics.expectation import LEAST_DAYS

        counts = {self._date(day): len(self._alike(day)) for day in self._tested()}
        if counts and max(counts.values()) >= LEAST_DAYS:
            return ""
        found = max(counts.values(), default=0)
        return (
            f"too few earlier days to compare with: {found} of the same kind (Monday to Friday, or "
            f"the weekend), and {LEAST_DAYS} are needed"
        )

    def spread(self, counted: pl.DataFrame) -> Iterator[tuple[str, dict[str, Numbers]]]:
        """Give each series its counts by time, 0 where it has none."""
        import numpy as np

        midnight = datetime.combine(self.first, time())
        numbered = counted.with_columns(
            at=(pl.col("bucket") - midnight).dt.total_microseconds()
            // (self.bucket // timedelta(microseconds=1))
        ).filter(pl.col("at").is_between(0, self.end - 1))
        measures = counted.columns[2:]
        for (name,), rows in numbered.partition_by(
            "name", as_dict=True, maintain_order=True
        ).items():
            at = rows["at"].to_numpy()
            counts = {measure: np.zeros(self._size) for measure in measures}
            for measure, values in counts.items():
                values[at] = rows[measure].to_numpy()
            yield str(name), counts

    def compared(
        self,
        whole: Numbers,
        series: Sequence[Mapping[str, Numbers]],
        measures: Mapping[str, tuple[str, bool]],
    ) -> Iterator[Block]:
        """Hold each day that is looked at against those like it, measure by measure.

        Parameters
        ----------
        whole : array of float
            The requests of the whole log by time: where there are none, the log is missing.
        series : sequence of mapping
            Counts by measure; the first one is the whole log.
        measures : mapping
            What each is counted out of, and whether less of it is told.
        """
        import numpy as np

        from envoylog.statistics.anomalies import Block

        known = self._known()
        for measure, (out_of, both) in measures.items():
            counts = np.stack([one[measure] for one in series])
            exposure = np.stack([one[out_of] for one in series]) if out_of else np.ones_like(counts)
            counts[:, ~known] = np.nan
            missing = known & (whole == 0)
            missing[self.start : self.end] = False
            counts[:, missing] = np.nan
            # A log that is silent now is told once.
            counts[1:, known & (whole == 0)] = np.nan
            by_day = [part.reshape(len(series), -1, self.per_day) for part in (counts, exposure)]
            for day in self._tested():
                alike = self._alike(day)
                numbers = np.arange(day * self.per_day, (day + 1) * self.per_day)
                looked_at = (numbers >= self.start) & (numbers < self.end)
                yield Block(
                    measure, both, numbers,
                    by_day[0][:, alike], by_day[1][:, alike],
                    np.where(looked_at, by_day[0][:, day], np.nan), by_day[1][:, day],
                )  # fmt: skip

    @property
    def _size(self) -> int:
        return -(-self.end // self.per_day) * self.per_day

    def _date(self, day: int) -> date:
        return self.first + day * _DAY

    def _tested(self) -> range:
        return range(self.start // self.per_day, self._size // self.per_day)

    def _alike(self, day: int) -> list[int]:
        """List the days before what is looked at that are of the kind of a day."""
        weekend = self._date(day).weekday() >= _SATURDAY
        last = self.start // self.per_day
        found = [one for one in range(last) if (self._date(one).weekday() >= _SATURDAY) == weekend]
        return found[-self.most :]

    def _known(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Tell which times the data cover whole, and clocks did not change."""
        import numpy as np

        moments = [self.moment(number) for number in range(self._size + 1)]
        lack = self.bucket / _LACKING
        return np.array(
            [
                until - since == self.bucket
                and since >= self.span[0] - lack
                and until <= self.span[1] + lack
                for since, until in pairwise(moments)
            ]
        )
