"""How requests are split over the versions, over time, and against the weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from envoylog.errors import QueryError
from envoylog.questions.releases.findings import Section
from envoylog.questions.releases.source import Source
from envoylog.questions.releases.versions import VersionKey
from envoylog.questions.releases.weights import Rule

_ALL = "all requests"
_STEADY = 0.001  # a split that changes over time less surely than this is called steady

_COUNTS = """
select {version} as version, {rule} as rule, {service} as service,
    time_bucket($bucket, start_time, $since) as time, count(*) as requests
from everything where is_mirror is not true and {version} is not null group by all
"""


@dataclass(frozen=True, slots=True)
class Splits:
    """Requests by version, rule and time.

    Attributes
    ----------
    counts : polars.DataFrame
        `version`, `rule` (a number, -1 for none), `time`, `requests`.
    rules : tuple of Rule
        Those whose requests the log can tell; one without matches if weights were given by hand.
    hidden : tuple of str
        Why rules after these were not tested.
    key : str
        What tells the versions apart.
    """

    counts: pl.DataFrame
    rules: tuple[Rule, ...]
    hidden: tuple[str, ...]
    key: str

    @property
    def versions(self) -> list[str]:
        """The versions that served, by name."""
        return self.counts["version"].unique().sort().to_list()

    def section(self) -> Section:
        """Show each version's requests, share and weight."""
        rows = [row for number in self._numbers() for row in self._rows(number)]
        units = {"share": "ratio", "low": "ratio", "high": "ratio", "weight": "ratio"}
        return Section(
            "How requests are split", pl.DataFrame(rows, infer_schema_length=None), units
        )

    def over_time(self) -> Section:
        """Show the split of each block of time."""
        frame = self.counts.group_by("time", "version").agg(pl.col("requests").sum())
        frame = frame.with_columns(share=pl.col("requests") / pl.col("requests").sum().over("time"))
        return Section("The split over time", frame.sort("time", "version"), {"share": "ratio"})

    def reasons(self) -> Iterator[str]:
        """Say whether the split is what the weights say."""
        from envoylog.statistics.split import SPLIT_LEVEL

        for number in self._numbers():
            rows, rule = self._rows(number), self._rule(number)
            shares = ", ".join(f"{row['version']} {row['share']:.1%}" for row in rows)
            p_value = rows[0]["p_value"] if rows else None
            if not isinstance(p_value, float):
                yield f"split of {rule}: {shares}; no weights to hold it against"
            elif p_value < SPLIT_LEVEL:
                wanted = ", ".join(f"{row['version']} {row['weight']:.1%}" for row in rows)
                yield f"split of {rule}: {shares}, not the weights ({wanted}): p {p_value:.2g}"
            else:
                yield f"split of {rule}: {shares}, the weights but for chance, p {p_value:.2g}"
        if (steady := self.steadiness()) is not None and steady < _STEADY:
            yield f"the split changed during the window, p {steady:.2g}: see it over time"
        yield from self.hidden
        for source in self.rules:
            for target, percent in source.mirrors.items():
                yield (
                    f"{source.name} copies {percent:g}% of its requests to {target}: copies stand "
                    "in the log of their target, not in this one"
                )

    def facts(self) -> dict[str, object]:
        """Give the p-values for programs."""
        tests = {self._rule(number): self._rows(number)[0]["p_value"] for number in self._numbers()}
        return {"split_p_values": tests, "split_steady_p_value": self.steadiness()}

    @property
    def reading(self) -> str:
        """How to read the split."""
        from envoylog.statistics.methods import method

        return (
            f"The split counts all requests, streams and probes too: {method('chi-square')}, or "
            f"{method('exact-split')}. It says not chance below 1%. Envoy draws the version of "
            "each request; where a cookie or a hash ties clients to versions, clients were drawn "
            "and the test alarms too often. Envoy takes split and mirror from one random number, "
            "so a mirror of a part copies the requests of the first version first."
        )

    def steadiness(self) -> float | None:
        """Test whether all blocks of time have one split."""
        from scipy.stats import chi2_contingency

        table = self.counts.pivot("version", index="time", values="requests",
                                  aggregate_function="sum").fill_null(0)  # fmt: skip
        cells = table.drop("time").to_numpy()
        if min(cells.shape) < 2:  # noqa: PLR2004 - one version, or one block
            return None
        return float(chi2_contingency(cells).pvalue)

    def _numbers(self) -> list[int]:
        return self.counts.filter(pl.col("rule") >= 0)["rule"].unique().sort().to_list()

    def _rule(self, number: int) -> str:
        return self.rules[number].name if self.rules else _ALL

    def _rows(self, number: int) -> list[dict[str, object]]:
        from envoylog.statistics.rates import wilson
        from envoylog.statistics.split import split_test

        own = self.counts.filter(rule=number).group_by("version").agg(pl.col("requests").sum())
        seen = {version: int(count) for version, count in own.iter_rows()}
        weights = self.rules[number].weights if self.rules else {}
        by_version = {
            next((v for v in self.versions if same(v, name)), name): weight
            for name, weight in weights.items()
        }
        names = sorted({*seen, *by_version})
        total = sum(seen.values())
        test = None
        if by_version and sum(by_version.values()):
            test = split_test(
                [seen.get(n, 0) for n in names], [by_version.get(n, 0.0) for n in names]
            )
        rows: list[dict[str, object]] = []
        for at, name in enumerate(names):
            low, high = wilson(seen.get(name, 0), total, 1.959964)
            weight = by_version.get(name, 0.0) / sum(by_version.values()) if test else None
            rows.append(
                {
                    "rule": self._rule(number),
                    "version": name,
                    "requests": seen.get(name, 0),
                    "share": seen.get(name, 0) / total,
                    "low": low,
                    "high": high,
                    "weight": weight,
                    "expected": round(test.expected[at], 1) if test else None,
                    "p_value": test.p_value if test else None,
                }
            )
        return rows


def split_of(
    source: Source, key: VersionKey, weights: Mapping[str, float] | Sequence[Rule] | None
) -> Splits:
    """Count the requests of each version, by rule and time.

    Raises
    ------
    QueryError
        If several services have versions of these names.
    """
    given = [Rule(_ALL, (), weights)] if isinstance(weights, Mapping) else list(weights or ())
    rules: list[Rule] = []
    hidden: tuple[str, ...] = ()
    for rule in given:
        unseen = [what for match in rule.matches for what in match.unseen]
        if unseen and not ("route_name" in source.log.logged and not rule.name.endswith("]")):
            listed = ", ".join(dict.fromkeys(unseen))
            reason = f"{rule.name} matches on {listed}, which the log lacks"
            hidden = (f"{reason}: it and the rules after it were not tested",)
            break
        rules.append(rule)
    values: dict[str, str | float | datetime | None] = {}
    cases = [
        f"when {_condition(rule, number, values)} then {number}"
        for number, rule in enumerate(rules)
    ]
    rule_sql = f"case {' '.join(cases)} else -1 end" if cases else "-1" if given else "0"
    sql = _COUNTS.format(
        version=key.sql,
        rule=rule_sql,
        service="coalesce(cluster_service, sni_service)" if key.name == "subset" else "''",
    )
    frame = source.select(sql, values, bucket=source.blocks()).frame
    services = frame["service"].drop_nulls().unique().sort().to_list()
    if len(services) > 1:
        raise QueryError(
            f"several services have subsets: {', '.join(services)}; say which with --cluster"
        )
    return Splits(frame.drop("service"), tuple(rules), hidden, key.name)


def same(version: str, name: str) -> bool:
    """Tell whether a version of the log is what a configuration names.

    Examples
    --------
    >>> same("reviews-v2.shop.svc.cluster.local", "reviews-v2"), same("v1", "v10")
    (True, False)
    """
    if version == name or name in version.split("|"):
        return True
    return "." in version + name and version.partition(".")[0] == name.partition(".")[0]


def _condition(rule: Rule, number: int, values: dict[str, str | float | datetime | None]) -> str:
    anyone = []
    for at, match in enumerate(rule.matches):
        parts = []
        if match.unseen:  # the log tells by the route's name, which Istio takes from the rule's
            values[f"r{number}_{at}"] = match.route
            parts.append(
                f"(route_name = $r{number}_{at} or starts_with(route_name, $r{number}_{at} || '.'))"
            )
        else:
            for index, (sql, value) in enumerate(match.conditions):
                values[f"m{number}_{at}_{index}"] = value
                parts.append(sql.format(f"$m{number}_{at}_{index}"))
        anyone.append(f"coalesce({' and '.join(parts)}, false)" if parts else "true")
    return f"({' or '.join(anyone)})" if anyone else "true"
