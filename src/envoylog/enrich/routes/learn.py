"""Learn path templates: a trie of segments in which places with many names become `{slug}`.

All paths walk down the trie together, one level at a time. At each node, a *place*, segments of a
class are followed by class, and names by name, unless the place has too many of them: then only
those stay that stand out by their requests, and the others become `{slug}`. The names of gRPC
methods are counted apart: a large interface is no list of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from envoylog.enrich.routes.segments import LOCALE, SLUG, VERSION, Layout, lay_out, static_label
from envoylog.spec.segments import PLACEHOLDERS

_CLASSES: Final = [name for name in PLACEHOLDERS if name != "slug"]

#: A place that has at least so many languages holds languages.
_LANGUAGES: Final = 3
#: A name stands out if it has so many times the requests of the place's median name.
_STANDS_OUT: Final = 30
#: What gRPC calls: a service in its package, and a method, both named as Protobuf's style has it.
_CALL: Final = r"^/(?:[A-Za-z_]\w*\.)+[A-Z]\w*/[A-Z]\w*$"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept apart.

    Attributes
    ----------
    templates : int
        At most so many templates; of those beyond, the ones with the fewest requests are dropped.
    names : int
        A place with more names than this has values for names.
    texts : int
        The same for names that look like texts: long, or with several dashes or digits.
    versions : int
        The same for `v1`, `v2`….
    calls : int
        The same for gRPC services, and for the methods of one.
    """

    templates: int = 1000
    names: int = 100
    texts: int = 20
    versions: int = 20
    calls: int = 500


def learn_templates(
    layout: Layout,
    requests: pl.Series,
    new: pl.Series,
    known: tuple[str, ...] = (),
    limits: Limits | None = None,
) -> pl.DataFrame:
    """Learn templates from paths.

    The result depends on the set of paths and their counts alone, not on their order.

    Parameters
    ----------
    layout : Layout
        Distinct paths.
    requests : polars.Series
        Integer: how often each was requested.
    new : polars.Series
        Boolean: whether a path may bring a new template. Those that may not still count where it
        is decided what is a name.
    known : tuple of str
        Templates learned before: their names stay names, and their values stay values.
    limits : Limits, optional
        How much is kept apart.

    Returns
    -------
    polars.DataFrame
        `template` and `requests` of the new templates, by requests, then by text.

    Examples
    --------
    >>> paths = lay_out(pl.Series(["/users/1", "/users/2"]))
    >>> learn_templates(paths, pl.Series([1, 1]), pl.Series([True, True])).rows()
    [('/users/{id}', 2)]
    """
    limits = limits or Limits()
    trie = _Trie(limits)
    steps = _rows(layout)
    walkers = pl.DataFrame({"requests": requests.cast(pl.Int64), "new": new}).with_row_index("row")
    if known:
        seeds = _seeds(known, first_row=len(requests))
        steps = pl.concat([steps, seeds])
        seeding = seeds.select("row", requests=pl.lit(0, pl.Int64), new=pl.lit(value=False))
        walkers = pl.concat([walkers, seeding.unique()])
    walkers = walkers.with_columns(node=pl.lit(0, pl.UInt32))
    ends: list[pl.DataFrame] = []
    for level in steps["level"].unique().sort():
        step = steps.filter(level=level).drop("level")
        here = walkers.join(step, on="row", how="inner")
        arrived = trie.descend(here)
        ends.append(arrived.filter("last", "new"))
        walkers = arrived.drop("last")
    if not ends:
        return pl.DataFrame(schema={"template": pl.String, "requests": pl.Int64})
    found = pl.concat([end.select("node", "requests") for end in ends])
    totals = found.group_by("node").agg(pl.col("requests").sum())
    room = max(0, limits.templates - len(known))
    return (
        totals.with_columns(
            template=pl.Series([trie.text(n) for n in totals["node"]], dtype=pl.String)
        )
        .filter(~pl.col("template").is_in(list(known)))
        .select("template", "requests")
        .sort("requests", "template", descending=[True, False])
        .head(room)
    )


class _Trie:
    """The nodes made so far: for each its parent and the label that leads to it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parents, self._labels = [0], [""]

    def text(self, node: int) -> str:
        labels = []
        while node:
            labels.append(self._labels[node])
            node = self._parents[node]
        return "/" + "/".join(reversed(labels))

    def descend(self, here: pl.DataFrame) -> pl.DataFrame:
        """Let walkers take their next segment: `node` becomes the child that they come to."""
        named = self._names(here)
        moved = here.join(named, on=["node", "label"], how="left").with_columns(
            label=pl.coalesce("value", "label")
        )
        edges = (
            moved.select("node", "label")
            .unique()
            .sort("node", "label")
            .with_row_index("child", offset=len(self._labels))
        )
        self._parents += edges["node"].to_list()
        self._labels += edges["label"].to_list()
        return moved.join(edges, on=["node", "label"], how="left").select(
            "row", "requests", "new", "last", node="child"
        )

    def _names(self, here: pl.DataFrame) -> pl.DataFrame:
        """Decide, for each name of each place, what value it is; NULL for those that stay."""
        names = (
            here.filter("name")
            .group_by("node", "label")
            .agg(
                pl.col("requests").sum(),
                pl.col("known", "call").any(),
                pl.col("fixed", "odd", "language").first(),
            )
        )
        known = pl.col("label").filter("known")
        values = here.group_by("node").agg(
            any=known.filter(_is_any(known)).min(),
            locale=(known == LOCALE).any(),
            version=(known == VERSION).any(),
        )
        word = ~pl.col("fixed") & ~pl.col("call")
        places = (
            names.group_by("node")
            .agg(
                names=(word & ~pl.col("language")).sum(),
                texts=(word & pl.col("odd")).sum(),
                languages=pl.col("language").sum(),
                versions=(pl.col("fixed") & (pl.col("label") != "")).sum(),
                calls=pl.col("call").sum(),
                median=pl.col("requests").filter(word, ~pl.col("known")).median(),
            )
            .join(values, on="node")
        )
        limits = self._limits
        many_calls = pl.col("call") & (pl.col("calls") > limits.calls)
        crowded = (~pl.col("call") & (pl.col("names") > limits.names)) | many_calls
        stands_out = crowded & (pl.col("requests") >= pl.col("median") * _STANDS_OUT)
        by_requests = (
            pl.struct(-pl.col("requests"), "label").rank("ordinal").over("node") <= limits.names
        )
        value = (
            pl.when(pl.col("known") | (pl.col("label") == "") | (pl.col("call") & ~many_calls))
            .then(None)
            .when("fixed")
            .then(
                pl.when(pl.col("version") | (pl.col("versions") > limits.versions)).then(
                    pl.lit(VERSION)
                )
            )
            .when(pl.col("language") & (pl.col("locale") | (pl.col("languages") >= _LANGUAGES)))
            .then(pl.lit(LOCALE))
            .when(pl.col("any").is_not_null())
            .then("any")
            .when(stands_out & by_requests)
            .then(None)
            .when(crowded | (pl.col("odd") & (pl.col("texts") > limits.texts)))
            .then(pl.lit(SLUG))
        )
        return names.join(places, on="node").select("node", "label", value=value)


def _is_any(label: pl.Expr) -> pl.Expr:
    """Tell the placeholders of any segment: `{slug}`, and what people write, `{user}` or `*`."""
    return (label == "*") | (
        label.str.contains(r"^\{\w+\}$") & ~label.str.strip_chars("{}").is_in(_CLASSES)
    )


def _rows(layout: Layout) -> pl.DataFrame:
    """Make the steps of paths: their labels by level. Garbage and what is no path make none."""
    steps = layout.steps
    path = pl.col("path")
    paths = layout.paths.to_frame("path").select(
        asset=static_label(path), call=path.str.contains(_CALL), good=path.str.starts_with("/")
    )
    garbage = layout.segments["garbage"].gather(steps["segment"])
    good = paths["good"].scatter(steps["row"].filter(garbage), values=False)
    steps = steps.hstack(paths.select("asset", "call", good=good)[steps["row"]])
    asset, level = pl.col("asset").is_not_null(), pl.col("level")
    # Of an asset the first folder and the extension remain.
    steps = (
        steps.with_columns(deepest=(pl.col("row") != pl.col("row").shift(-1)).fill_null(value=True))
        .filter("good", ~asset | (level <= 1))
        .with_columns(ending=asset & ((level == 1) | pl.col("deepest")))
        .with_columns(last=pl.when(asset).then("ending").otherwise("deepest"))
    )
    return _steps(
        steps.hstack(_facts(layout, steps["segment"])),
        label=pl.when("ending").then("asset").otherwise(pl.coalesce("label", "text")),
        name=pl.col("label").is_null() & ~pl.col("ending"),
        call=pl.col("call"),
        known=False,
    )


def _seeds(known: tuple[str, ...], first_row: int) -> pl.DataFrame:
    """Make the steps of templates that are known, so that their places are met again."""
    layout = lay_out(pl.Series(known, dtype=pl.String))
    steps = layout.steps.with_columns(
        row=(pl.col("row") + first_row).cast(pl.UInt32), last=pl.lit(value=False)
    )
    return _steps(
        steps.hstack(_facts(layout, steps["segment"])),
        label=pl.col("raw"),
        name=~pl.col("raw").str.contains(r"[{*]"),
        call=layout.paths.str.contains(_CALL).gather(layout.steps["row"]),
        known=True,
    )


def _facts(layout: Layout, segments: pl.Series) -> pl.DataFrame:
    names = ("raw", "text", "label", "fixed", "odd", "language")
    return pl.DataFrame([layout.segments[name].gather(segments) for name in names])


def _steps(
    steps: pl.DataFrame, *, label: pl.Expr, name: pl.Expr, call: pl.Expr | pl.Series, known: bool
) -> pl.DataFrame:
    return steps.select(
        "row",
        "level",
        "last",
        "fixed",
        "odd",
        "language",
        label=label,
        name=name,
        call=call,
        known=pl.lit(value=known),
    )
