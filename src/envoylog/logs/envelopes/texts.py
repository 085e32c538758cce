"""Envelopes that stand before a line: what each puts there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from envoylog.logs.envelopes.envelope import GOES_ON, PAYLOAD

TIME: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)
POD: Final = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
# Colours, as on a terminal.
_ANSI: Final = r"(?:\x1b\[[0-9;]*m)*"


def moment(text: pl.Expr) -> pl.Expr:
    """Read a time with its zone: RFC 3339, with a blank for the `T` or a comma or not."""
    return (
        text.str.replace(" ", "T", literal=True)
        .str.replace(",", ".", literal=True)
        .str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    )


def cri(lines: pl.Series) -> pl.DataFrame:
    """`TIME STREAM TAG LINE`, where the tag P says that the line goes on."""
    parts = lines.str.splitn(" ", 4).struct.rename_fields(["time", "stream", "tag", PAYLOAD])
    frame = parts.struct.unnest().with_columns(moment(pl.col("time")).alias("envelope_time"))
    tag = pl.col("tag").str.slice(0, 1)
    fits = (
        pl.col("stream").is_in(["stdout", "stderr"])
        & tag.is_in(["F", "P"])
        & (pl.col("tag").str.len_bytes().eq(1) | pl.col("tag").str.slice(1, 1).eq(":"))
        & pl.col("envelope_time").is_not_null()
    )
    return frame.select(
        pl.when(fits).then(pl.col(PAYLOAD).fill_null("")).alias(PAYLOAD),
        pl.when(fits).then("envelope_time").alias("envelope_time"),
        pl.when(fits).then("stream").alias("stream"),
        (fits & (tag == "P")).alias(GOES_ON),
    )


def prefix(pattern: str) -> Callable[[pl.Series], pl.DataFrame]:
    """Make a decoder of a regular expression whose groups are the facts, `time` and `payload`."""

    def decode(lines: pl.Series) -> pl.DataFrame:
        frame = lines.str.extract_groups(pattern).struct.unnest()
        if "time" in frame.columns:
            frame = frame.with_columns(moment(pl.col("time")).alias("envelope_time")).drop("time")
        return frame

    return decode


KUBECTL_TIMESTAMPS: Final = prefix(rf"^(?<time>{TIME}) (?<payload>.*)$")
KUBECTL_PREFIX: Final = prefix(
    rf"^\[pod/(?<pod>{POD})/(?<container>{POD})\] (?:(?<time>{TIME}) )?(?<payload>.*)$"
)
STERN: Final = prefix(
    rf"^{_ANSI}(?<pod>[a-z0-9][a-z0-9.-]*){_ANSI} {_ANSI}(?<container>{POD}){_ANSI} "
    rf"(?:{_ANSI}(?<time>{TIME}){_ANSI} )?(?<payload>.*)$"
)
STERN_NAMESPACES: Final = prefix(
    rf"^{_ANSI}(?<namespace>{POD}){_ANSI} {_ANSI}(?<pod>[a-z0-9][a-z0-9.-]*){_ANSI} "
    rf"{_ANSI}(?<container>{POD}){_ANSI} (?:{_ANSI}(?<time>{TIME}){_ANSI} )?(?<payload>.*)$"
)
CONTAINER: Final = prefix(rf"^{_ANSI}(?<container>{POD})(?: *\|)?{_ANSI} (?<payload>.*)$")
OTEL_TEXT: Final = prefix(r"^(?:Body: Str\((?<payload>.*)\)|Body: (?<plain>.*))$")
CLOUDWATCH_TEXT: Final = prefix(rf"^(?<time>{TIME}) (?<group>[\w./#-]+) (?<payload>.*)$")
SYSLOG: Final = prefix(
    r"^(?:<[0-9]{1,3}>1? ?)?(?:(?<time>" + TIME + r")|[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}) "
    r"(?<node>[\w.-]+) (?<container>[\w./-]+)(?:\[[0-9]+\])?: (?<payload>.*)$"
)
_LABELS: Final = r'\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\}'


def otel_text(lines: pl.Series) -> pl.DataFrame:
    """`Body: Str(LINE)`, of the collector's debug exporter, and `Body: LINE`, of older ones."""
    return OTEL_TEXT(lines).select(pl.coalesce(PAYLOAD, "plain").alias(PAYLOAD))


def fluentd(record: Callable[[pl.Series], pl.DataFrame]) -> Callable[[pl.Series], pl.DataFrame]:
    """`TIME TAB tag TAB {record}`, where the record is what Fluentd was given."""
    split = prefix(rf"^(?<time>{TIME})\t\S+\t(?<payload>\{{.*)$")

    def decode(lines: pl.Series) -> pl.DataFrame:
        outer = split(lines)
        inner = record(outer[PAYLOAD].fill_null(""))
        return inner.with_columns(
            pl.coalesce("envelope_time", outer["envelope_time"]).alias("envelope_time")
        )

    return decode


def cloudwatch_text(lines: pl.Series) -> pl.DataFrame:
    """`TIME STREAM LINE`, of `aws logs tail`."""
    return CLOUDWATCH_TEXT(lines).drop("group")


def logcli(lines: pl.Series) -> pl.DataFrame:
    """`TIME {labels} LINE`."""
    frame = prefix(rf"^(?<time>{TIME}) (?<labels>{_LABELS}) ?(?<payload>.*)$")(lines)
    facts = {
        "stream": ("stream",),
        "pod": ("pod", "pod_name"),
        "container": ("container", "container_name"),
        "namespace": ("namespace", "namespace_name"),
        "node": ("node_name", "node", "hostname", "instance"),
    }
    return frame.select(
        PAYLOAD,
        "envelope_time",
        *(
            pl.coalesce(
                pl.col("labels").str.extract(rf'[{{ ,]{label}="((?:[^"\\]|\\.)*)"')
                for label in labels
            ).alias(fact)
            for fact, labels in facts.items()
        ),
    )
