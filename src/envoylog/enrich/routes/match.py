"""Find the template of every path, for all paths at once.

Distinct segments are labelled by vectorised expressions. What a path then is to the trie, the
sequence of its labels and of the names that templates know, is the same for many paths; only the
distinct sequences walk through the trie.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from envoylog.enrich.routes.learn import Limits, learn_templates
from envoylog.enrich.routes.requested import Requested
from envoylog.enrich.routes.segments import BELOW, LOCALE, VERSION, Layout
from envoylog.enrich.routes.targets import OTHER, extension
from envoylog.enrich.routes.templates import Kind, Template
from envoylog.enrich.routes.trie import Node, Word, first_match

_NOWHERE: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Routes:
    """Templates, in the order in which they are tried.

    Attributes
    ----------
    declared : tuple of Template
        Given by hand or by configuration; the first that fits counts.
    learned : tuple of str
        Learned; the most exact that fits counts, where no declared one does.

    Examples
    --------
    >>> paths = pl.Series(["/users/1", "/users/2?full=1", "/healthz", None])
    >>> routes = Routes().learn(paths)
    >>> routes.learned
    ('/healthz', '/users/{id}')
    >>> routes.route(paths).to_list()
    ['/users/{id}', '/users/{id}', '/healthz', None]
    """

    declared: tuple[Template, ...] = ()
    learned: tuple[str, ...] = ()
    # Declared, then learned, the most exact first.
    _templates: tuple[Template, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        learned = sorted(
            (Template.read(text, learned=True) for text in self.learned),
            key=lambda template: template.exactness,
        )
        object.__setattr__(self, "_templates", (*self.declared, *learned))

    def route(self, targets: pl.Series | Requested) -> pl.Series:
        """Give each request target its template.

        Parameters
        ----------
        targets : polars.Series or Requested
            String: the column `path` of a log, or its distinct values; or these, laid out.

        Returns
        -------
        polars.Series
            String: `{other}` where no template fits, NULL for NULL.
        """
        paths = targets if isinstance(targets, Requested) else Requested.of(targets)
        texts = pl.Series([*(t.text for t in self._templates), OTHER], dtype=pl.String)
        ranks = self._ranks(paths).replace(_NOWHERE, len(texts) - 1)
        # Targets that name no path, such as `*` and `host:443`, are their own templates.
        laid, route = pl.col("laid"), pl.col("route")
        own = (route == OTHER) & ~laid.str.starts_with("/")
        routes = pl.select(laid=paths.layout.paths, route=texts.gather(ranks)).select(
            route=pl.when(own).then(laid).otherwise(route)
        )
        return routes["route"].gather(paths.place)

    def learn(
        self,
        targets: pl.Series | Requested,
        requests: pl.Series | None = None,
        limits: Limits | None = None,
    ) -> Routes:
        """Add the templates of the paths that fit none yet.

        Parameters
        ----------
        targets : polars.Series or Requested
            String: the column `path` of a log, or its distinct values; or these, laid out.
        requests : polars.Series, optional
            How often each was requested; once by default, or as it was laid out.
        limits : Limits, optional
            How many templates and names are kept apart.

        Returns
        -------
        Routes
            With all that were there before. What it learns depends on the set of targets and
            their counts, and not on their order.
        """
        paths = targets if isinstance(targets, Requested) else Requested.of(targets, requests)
        new = (self._ranks(paths) == _NOWHERE) & paths.bare.str.starts_with("/")
        if not new.any():
            return self
        found = learn_templates(paths.layout, paths.requests, new, self.learned, limits)
        return Routes(self.declared, tuple(sorted({*self.learned, *found["template"]})))

    def _ranks(self, paths: Requested) -> pl.Series:
        """Find the place of each path's template in the order of trial; `_NOWHERE` for none."""
        if not self._templates:
            return pl.repeat(_NOWHERE, len(paths.bare), dtype=pl.UInt32, eager=True)
        ranks = self._trie_ranks(paths.layout)
        for rank, template in enumerate(self.declared):
            if template.pattern:
                fits = paths.bare.str.contains(f"^(?:{template.pattern})$") & (ranks > rank)
                ranks = ranks.zip_with(~fits, pl.Series([rank], dtype=pl.UInt32))
        return ranks

    def _trie_ranks(self, layout: Layout) -> pl.Series:
        root = Node()
        for rank, template in enumerate(self._templates):
            if template.segments:
                root.add(template, rank)
        laid = layout.paths
        words, codes = self._words(layout.segments)
        sequences = (
            layout.steps.with_columns(code=codes.gather(layout.steps["segment"]).cast(pl.String))
            .group_by("row", maintain_order=True)
            .agg("code")
            .select(sequence=pl.col("code").list.join(" "))
        )
        ways = pl.DataFrame(
            {
                "sequence": sequences["sequence"],
                "path": laid,
                "ending": "." + laid.to_frame("path").select(extension(pl.col("path"))).to_series(),
            }
        ).with_columns(pl.col("ending").fill_null(""), slash=pl.col("path").str.starts_with("/"))
        distinct = ways.select("sequence", "ending", "slash").unique()
        found = [
            first_match(root, [words[int(code)] for code in sequence.split(" ")], ending)
            if slash
            else None
            for sequence, ending, slash in distinct.iter_rows()
        ]
        ranked = distinct.with_columns(
            rank=pl.Series([_NOWHERE if rank is None else rank for rank in found], dtype=pl.UInt32)
        )
        return ways.join(
            ranked, on=["sequence", "ending", "slash"], how="left", maintain_order="left"
        )["rank"]

    def _words(self, segments: pl.DataFrame) -> tuple[list[Word], pl.Series]:
        """Give one number to all segments that templates take for the same."""
        names = _texts(self._templates, Kind.NAME)
        parts = _texts(self._templates, Kind.PART)
        text = pl.col("text")
        fits = [
            pl.when(text.str.contains(f"^(?:{part})$")).then(pl.lit(f"{number} "))
            for number, part in enumerate(parts)
        ]
        frame = segments.select(
            # Templates of configuration may hold a segment decoded, or as it is sent.
            name=pl.when(text.is_in(names))
            .then(text)
            .when(pl.col("raw").is_in(names))
            .then(pl.col("raw")),
            label="label",
            also=pl.when("language").then(pl.lit(LOCALE)).when("fixed").then(pl.lit(VERSION)),
            parts=pl.concat_str(fits, ignore_nulls=True) if fits else pl.lit(""),
            empty=(text == "") | (text == BELOW),
        )
        kinds = frame.unique().with_row_index("code")
        words = [
            Word(
                name,
                () if empty else tuple(one for one in (label, also) if one),
                frozenset(parts[int(number)] for number in fits.split()),
                empty,
            )
            for _code, name, label, also, fits, empty in kinds.iter_rows()
        ]
        codes = frame.join(
            kinds, on=frame.columns, how="left", nulls_equal=True, maintain_order="left"
        )["code"]
        return words, codes


def _texts(templates: Iterable[Template], kind: Kind) -> list[str]:
    texts = {
        part.pattern or part.text
        for template in templates
        for part in template.segments
        if part.kind is kind
    }
    return sorted(texts)
