"""The story of one request: its lines at gateways and sidecars, and its attempts, by time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from envoylog.catalog.catalog import Catalog
from envoylog.display import html
from envoylog.errors import QueryError
from envoylog.spec.verdicts import Verdict, verdict

_COLUMNS: Final = (
    "request_id",
    "start_time",
    "vantage",
    "record",
    "is_mirror",
    "pod",
    "method",
    "authority",
    "path",
    "response_code",
    "response_flags",
    "response_code_details",
    "upstream_transport_failure_reason",
    "connection_termination_details",
    "grpc_code",
    "duration",
    "upstream_service_time",
    "upstream_request_attempt_count",
    "upstream_cluster",
    "upstream_host",
)
# Within the same millisecond, what comes first is whoever calls.
_ORDER: Final = "case vantage when 'gateway' then 0 when 'outbound' then 1 else 2 end, record desc"
_LINES: Final = (
    f"select {', '.join(_COLUMNS)} from access where request_id = $id "  # noqa: S608 - our own names
    f"order by start_time, {_ORDER}, response_code"
)
_BEGIN: Final = (
    "select distinct request_id from access where starts_with(request_id, $id) order by 1 limit 6"
)
_NEAR: Final = """
select request_id from (
    select distinct request_id from access
    where left(request_id, 3) = left($id, 3) or right(request_id, 3) = right($id, 3)
)
order by jaro_winkler_similarity(request_id, $id) desc, request_id limit 3
"""
_SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class Story:
    """What became of one request.

    Attributes
    ----------
    request_id : str
        Its id.
    frame : polars.DataFrame
        One row for each line, in order of time, with `verdict`, `side`, `verdict_meaning` and
        `verdict_next`.
    notes : tuple of str
        What else one must know.
    """

    request_id: str
    frame: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def headline(self) -> str:
        """What became of it, in one sentence, as its first line says."""
        ends = self.frame.filter(pl.col("record") == "end")
        row = (ends if ends.height else self.frame).row(0, named=True)
        side = f" ({row['side']})" if row["side"] else ""
        return f"{self.request_id}: {row['verdict_meaning'] or 'nothing is known of it.'}{side}"

    def pl(self) -> pl.DataFrame:
        """Give the lines as a polars DataFrame."""
        return self.frame

    def to_json(self) -> str:
        """Write JSON: the id, the headline, notes and lines."""
        facts = {"request_id": self.request_id, "headline": self.headline, "notes": self.notes}
        text = json.dumps(facts, ensure_ascii=False).removesuffix("}")
        return f'{text}, "lines": {self.frame.write_json()}}}\n'

    def __str__(self) -> str:
        return "\n".join([self.headline, *self.notes, "", *self._lines()])

    def _repr_html_(self) -> str:
        return html.block(f"<pre>{html.text(str(self))}</pre>")

    def _lines(self) -> Iterator[str]:
        first: datetime | None = self.frame["start_time"].min()  # type: ignore[assignment]
        for row in self.frame.iter_rows(named=True):
            start = row["start_time"]
            if start is None or first is None:
                when = "at an unknown time"
            elif start == first:
                when = f"{start:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"
            else:
                when = f"{(start - first).total_seconds() * 1000:+,.0f} ms"
            yield f"{when}  {_place(row)}"
            yield f"    {_request(row)}"
            yield f"    {_answer(row)}"
            yield f"    {_time(row)}"
            if row["verdict"]:
                side = f" ({row['side']})" if row["side"] else ""
                yield f"    {row['verdict']}{side}: {row['verdict_meaning']}"
                if row["side"]:
                    yield f"    look at: {row['verdict_next']}"
            yield ""


def tell(log: Catalog, request_id: str) -> Story:
    """Tell the story of a request.

    Parameters
    ----------
    log : Catalog
        The log.
    request_id : str
        Its x-request-id, or the beginning of it if no other begins so.

    Returns
    -------
    Story

    Raises
    ------
    QueryError
        If the format logs no request ids, or there is none such.
    """
    missing = log.missing(["request_id"])
    if missing:
        raise QueryError(
            f"requests cannot be told apart: this log's format lacks {', '.join(missing)}"
        )
    wanted = request_id.strip()
    if not wanted:
        raise QueryError("say which request: its x-request-id, or the beginning of it")
    notes = []
    frame = log.frame(_LINES, {"id": wanted})
    if not frame.height:
        wanted = _complete(log, wanted)
        notes.append("the only request id that begins so")
        frame = log.frame(_LINES, {"id": wanted})
    return Story(wanted, _judge(frame), (*notes, *_notes(frame)))


def _complete(log: Catalog, begin: str) -> str:
    """Find the only id that begins so."""
    found = log.frame(_BEGIN, {"id": begin})["request_id"].to_list()
    if len(found) == 1 and len(begin) >= _SHORTEST:
        return str(found[0])
    if found:
        more = ", …" if len(found) > _SHORTEST + 1 else ""
        shown = ", ".join(found[: _SHORTEST + 1])
        raise QueryError(f"no request {begin!r}, and several begin so: {shown}{more}")
    near = log.frame(_NEAR, {"id": begin})["request_id"].to_list()
    guess = f"did you mean {', or '.join(near)}?" if near else "no id resembles it"
    raise QueryError(f"no request {begin!r} in the data: {guess}")


def _judge(frame: pl.DataFrame) -> pl.DataFrame:
    found: list[Verdict | None] = [
        verdict(
            row["response_code"],
            row["response_flags"],
            row["response_code_details"],
            failure=row["upstream_transport_failure_reason"],
            termination=row["connection_termination_details"],
            grpc=row["grpc_code"],
        )
        for row in frame.iter_rows(named=True)
    ]
    columns = {
        "verdict": [row and row.id for row in found],
        "side": [row and row.side and str(row.side) for row in found],
        "verdict_meaning": [row and row.meaning for row in found],
        "verdict_next": [row and row.look_at for row in found],
    }
    return frame.with_columns(
        pl.Series(name, values, dtype=pl.String) for name, values in columns.items()
    )


def _notes(frame: pl.DataFrame) -> Iterator[str]:
    ends = frame.filter((pl.col("record") == "end") & ~pl.col("is_mirror"))
    counts = dict(ends.group_by("vantage").len().iter_rows())
    if counts.get("gateway", 0) > 1:
        yield (
            f"{counts['gateway']} lines of gateways have this id: it was sent again, went through "
            "several gateways, or a client sets ids itself; ids are not unique"
        )
    if frame["is_mirror"].any():
        yield "a mirrored copy of it has the same id"
    attempts = frame["upstream_request_attempt_count"].max()
    logged = frame.filter(pl.col("record") == "attempt").height
    if isinstance(attempts, int) and attempts > 1:
        yield f"it was tried {attempts} times" + (
            "" if logged else ": what became of the attempts before the last is not in this log"
        )
    if not counts:
        yield "its last line is not here: it was still under way, or the logger has a filter"


def _place(row: Mapping[str, object]) -> str:
    kind = {"gateway": "gateway", "inbound": "sidecar, inbound", "outbound": "sidecar, outbound"}
    parts = [kind[str(row["vantage"])]]
    if row["record"] != "end":
        parts.append({"attempt": "one attempt", "progress": "still under way"}[str(row["record"])])
    if row["is_mirror"]:
        parts.append("mirrored copy")
    if row["pod"]:
        parts.append(str(row["pod"]))
    return ", ".join(parts)


def _request(row: Mapping[str, object]) -> str:
    return f"{row['method'] or '-'} {row['authority'] or '-'} {row['path'] or '-'}"


def _answer(row: Mapping[str, object]) -> str:
    parts = [f"status {'-' if row['response_code'] is None else row['response_code']}"]
    if row["grpc_code"] is not None:
        parts.append(f"gRPC status {row['grpc_code']}")
    parts += [str(row[name]) for name in ("response_flags", "response_code_details") if row[name]]
    cluster, host = row["upstream_cluster"], row["upstream_host"]
    if cluster or host:
        parts.append(f"from {cluster or '-'} at {host or 'no host'}")
    return ", ".join(parts)


def _time(row: Mapping[str, object]) -> str:
    duration, upstream = row["duration"], row["upstream_service_time"]
    if not isinstance(duration, int):
        return "no duration logged"
    if not isinstance(upstream, int):
        return f"{duration:,} ms; no upstream is known to have answered"
    rest = max(0, duration - upstream)
    return f"{duration:,} ms: {upstream:,} ms until the upstream answered, {rest:,} ms around that"
