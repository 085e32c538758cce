"""Lines that go on what a skipped line began: stack traces, dumps of configuration.

They bear no mark of their own. A line that could not be read is one of them if it does not begin
as a record does, and follows a line of an application log by the same writer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from envoylog.parser.parser import Parsed
from envoylog.spec.application_log import BLANK

#: What is added to the kind of the line that is gone on.
CONTINUED: Final = ", continued"
_NOTHING: Final = ""


@dataclass
class Continuations:
    """Remembers, from block to block, what each writer's last line was.

    Attributes
    ----------
    begins : str
        The regular expression of how a record begins.
    """

    begins: str
    _last: dict[str, str] = field(default_factory=dict)

    def found(self, parsed: Parsed, count: int, writers: pl.Series | None = None) -> Parsed:
        """Move lines that go on a skipped one from the rejects to what is skipped.

        Parameters
        ----------
        parsed : Parsed
            What came of a block.
        count : int
            Of its lines.
        writers : polars.Series, optional
            Who wrote each of them; by default, all had one writer.

        Returns
        -------
        Parsed
        """
        kinds = parsed.skipped.filter(pl.col("reason") != BLANK)
        if not self._last and kinds.is_empty():
            return parsed
        rejects = parsed.rejects
        open_ = ~rejects["text"].str.contains(self.begins)
        if writers is None and not open_.any() and not parsed.places.is_empty():
            # Nearly all blocks: only their last line matters.
            last_kind = kinds.tail(1)
            others = max(parsed.places[-1], rejects["line"].max() or 0)
            goes_on = len(last_kind) and last_kind["line"][0] > others
            self._last = {"": last_kind["reason"][0]} if goes_on else {}
            return parsed
        status = pl.repeat(_NOTHING, count, dtype=pl.String, eager=True)
        status = status.scatter(parsed.skipped["line"], None)
        status = status.scatter(kinds["line"], kinds["reason"])
        status = status.scatter(rejects["line"].filter(open_), None)
        writer = pl.repeat("", count, eager=True) if writers is None else writers
        earlier = pl.DataFrame(
            {"writer": list(self._last), "status": list(self._last.values())},
            schema={"writer": pl.String(), "status": pl.String()},
        )
        lines = pl.DataFrame({"writer": writer, "status": status})
        filled = pl.concat([earlier, lines]).with_columns(
            pl.col("status").forward_fill().over("writer").fill_null(_NOTHING)
        )
        last = filled.group_by("writer").agg(pl.col("status").last())
        self._last = dict(last.filter(pl.col("status") != _NOTHING).iter_rows())
        kind = filled["status"].slice(len(earlier)).gather(rejects["line"])
        moved = open_ & (kind != _NOTHING)
        if not moved.any():
            return parsed
        going_on = rejects.with_columns(
            (kind + CONTINUED).alias("reason"), field=pl.lit(None, pl.String)
        ).filter(moved)
        return replace(
            parsed,
            rejects=rejects.filter(~moved),
            skipped=pl.concat([parsed.skipped, going_on]).sort("line", maintain_order=True),
        )
