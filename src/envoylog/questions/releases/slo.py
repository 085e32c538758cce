"""Objectives held against the log: attainment, budget, burn, and who spent it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

import polars as pl

from envoylog.errors import QueryError
from envoylog.questions.releases.burn import MINUTE, WINDOWS, alerts, burn_rates, over_time
from envoylog.questions.releases.findings import Findings, Section
from envoylog.questions.releases.objectives import Kind, Objective, Objectives, read_objectives
from envoylog.questions.releases.source import ROUTE, Common, Source
from envoylog.questions.window import read_moment

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog

_EVENTS: Final = """
select time_bucket($bucket, start_time) as time, count(*) as events,
    count(*) filter (where {bad}) as bad
from requests where {valid} group by all
"""

_CULPRITS: Final = """
with bad as (
    select {route} as route, upstream_cluster as cluster, {client} as client
    from requests where {valid} and {bad}
),
spent as (
    select 'route' as what, route as value, count(*) as bad from bad group by all
    union all select 'cluster', coalesce(cluster, 'none'), count(*) from bad group by all
    union all select 'client', client, count(*) from bad where client is not null group by all
)
select what, value, bad from spent
qualify row_number() over (partition by what order by bad desc, value) <= 5
order by what desc, bad desc, value
"""

_READING: Final = (
    "The budget is how many requests of the period may be bad: all of them times one minus the "
    "target. Bad for availability are 5xx and failed gRPC calls; for latency, requests that did "
    "not fail and took longer than the threshold. Requests whose client left count for neither. "
    "Probes, streams and mirrored requests are left out unless the objective includes them. A burn "
    "rate of 1 spends the budget in exactly the period. Alerts are those that would have fired, by "
    "the rules of the SRE Workbook of Google, chapter 5: 2% of the budget in an hour, 5% in six "
    "hours, 10% in three days, each with a shorter window that must burn too, and two bad requests "
    "at least. Culprits: share is of the bad requests, budget of the whole budget."
)


def slo(
    log: AccessLog,
    objectives: Objectives | str | Path,
    *,
    at: str | datetime | None = None,
    **common: Unpack[Common],
) -> Findings:
    """Hold objectives against the log, over the period that ends at a moment.

    Parameters
    ----------
    log : AccessLog
        The log; archives will do.
    objectives : Objectives or path
        The objectives, or a TOML file of them.
    at : str or datetime, optional
        The end of the period; by default just after the newest request.
    **common
        More filters, as in `AccessLog.ask`, but `since` and `until`.

    Returns
    -------
    Findings
        Tables `objectives`, `burn`, `alerts`, `burn_over_time`, `culprits`.

    Raises
    ------
    InputError
        If the file cannot be read.
    QueryError
        If the file or the data will not do.
    """
    if common.get("since") or common.get("until"):
        raise QueryError("slo takes --at and the period of the file, not --since and --until")
    if not isinstance(objectives, Objectives):
        objectives = read_objectives(objectives)
    first, newest = log.ends
    if first is None or newest is None:
        raise QueryError("slo: the data has no requests")
    end = newest + timedelta(microseconds=1) if at is None else read_moment(at, newest)
    start = end - objectives.period
    whole: Common = {**common, "since": start, "until": end}
    held = [_Held(log, one, (start, end), whole) for one in objectives.objectives]
    rows = [one.row() for one in held]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    missed = [str(row["objective"]) for row in rows if row["met"] is False]
    reasons = [_sentence(row) for row in rows]
    if first > start + MINUTE:
        covered = max(timedelta(), min(end, newest) - max(first, start))
        reasons.append(f"the data covers {_length(covered)} of the {_length(objectives.period)}")
    fired = pl.DataFrame([a for one in held for a in one.alerts()], infer_schema_length=None)
    ratios = dict.fromkeys(("attainment", "target", "spent", "left"), "ratio")
    return Findings(
        "slo",
        "Are the objectives met?",
        "missed" if missed else "met" if frame["events"].sum() else "no data",
        tuple(reasons),
        {
            "objectives": Section("Objectives", frame, ratios),
            "burn": Section("Burn rates at the end", pl.DataFrame([one.burn() for one in held])),
            "alerts": Section("Alerts that would have fired", fired),
            "burn_over_time": Section(
                "Budget and burn rates over time",
                pl.concat([one.over_time() for one in held]),
                {"spent": "ratio"},
            ),
            "culprits": Section(
                "Who spent the budget",
                pl.concat([one.culprits() for one in held]),
                {"share": "ratio", "budget": "ratio"},
            ),
        },
        _READING,
        Source(log, "slo", whole, ("start_time",)).select("select 1 where false").basis,
        {"missed": missed, "period_seconds": objectives.period.total_seconds()},
    )


class _Held:
    """One objective, counted."""

    def __init__(
        self,
        log: AccessLog,
        objective: Objective,
        span: tuple[datetime, datetime],
        common: Common,
    ) -> None:
        self.objective, self.period = objective, span[1] - span[0]
        own = common.copy()
        for key in ("authority", "cluster", "route"):
            if chosen := getattr(objective, key):
                own[key] = chosen
        if objective.where:
            outer = common.get("where")
            own["where"] = f"({objective.where}) and ({outer})" if outer else objective.where
        if objective.include:
            own["include"] = objective.include
        needs: tuple[str, ...] = ("start_time", "response_code")
        self.bad, self.valid = "error", "not client_gone"
        if objective.kind is Kind.LATENCY:
            needs = (*needs, "duration")
            self.bad = f"duration > {objective.threshold}"
            self.valid = "not client_gone and not error and duration is not null"
        source = Source(log, f"slo {objective.name!r}", own, needs, ("probe", "stream", "mirror"))
        self.source = source
        answer = source.select(_EVENTS.format(bad=self.bad, valid=self.valid), bucket=MINUTE)
        self.events = int(answer.frame["events"].sum())
        self.failed = int(answer.frame["bad"].sum())
        self.rates = burn_rates(answer.frame, span, objective.target)

    @property
    def budget(self) -> float:
        """How many requests may be bad."""
        return self.events * (1 - self.objective.target)

    def row(self) -> dict[str, object]:
        spent = self.failed / self.budget if self.budget else None
        return {
            "objective": self.objective.name,
            "events": self.events,
            "bad": self.failed,
            "attainment": 1 - self.failed / self.events if self.events else None,
            "target": self.objective.target,
            "budget": round(self.budget, 1),
            "spent": spent,
            "left": None if spent is None else 1 - spent,
            "met": None if spent is None else spent <= 1 + 1e-9,
        }

    def burn(self) -> dict[str, object]:
        last = self.rates.row(-1, named=True)
        rates = {name: round(last[f"burn_{name}"], 2) for name in WINDOWS}
        return {"objective": self.objective.name, **rates}

    def over_time(self) -> pl.DataFrame:
        name = pl.lit(self.objective.name).alias("objective")
        return over_time(self.rates, self.budget).select(name, pl.all())

    def alerts(self) -> Iterator[dict[str, object]]:
        for alert in alerts(self.rates, self.period):
            yield {"objective": self.objective.name, **alert}

    def culprits(self) -> pl.DataFrame:
        known = not self.source.log.missing(["client_ip"])
        sql = _CULPRITS.format(
            bad=self.bad, valid=self.valid, route=ROUTE,
            client="client_ip" if known else "null::varchar",
        )  # fmt: skip
        frame = self.source.select(sql).frame
        return frame.select(
            pl.lit(self.objective.name).alias("objective"),
            "what", "value", "bad",
            (pl.col("bad") / max(self.failed, 1)).alias("share"),
            (pl.col("bad") / (self.budget or 1)).alias("budget"),
        )  # fmt: skip


def _sentence(row: dict[str, object]) -> str:
    if row["met"] is None:
        return f"{row['objective']}: no request that it speaks of"
    word = "met" if row["met"] else "missed"
    return (
        f"{row['objective']}: {word}: {row['attainment']:.3%} good, {row['target']:.3%} promised; "
        f"{row['bad']:,} bad of {row['events']:,}, {row['spent']:.0%} of the budget"
    )


def _length(length: timedelta) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if length.total_seconds() >= 2 * size:
            return f"{length.total_seconds() / size:.3g} {unit}"
    return f"{length.total_seconds():.3g} seconds"
