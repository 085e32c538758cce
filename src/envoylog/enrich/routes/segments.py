"""Label the segments of paths: `{uuid}`, `{id}.pdf`, or a name that stands for itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import polars as pl

from envoylog.enrich.routes.targets import extension
from envoylog.spec.segments import LANGUAGES, SEGMENT_CLASSES, SUFFIX, VERSION_NAME
from envoylog.spec.static_files import STATIC_EXTENSIONS

#: Deeper paths are garbage: no application nests so far. What lies below is not looked at.
DEEPEST: Final = 32
#: The segment that stands for everything below; no template holds it.
BELOW: Final = "\x00"

SLUG: Final = "{slug}"
LOCALE: Final = "{locale}"
VERSION: Final = "{version}"

# Names, and what is decoded: nothing is lost, as a slash, say, stays encoded.
_PLAIN = r"[\w.~@:+!$&'(),=-]*"
_PLAIN_TEXT = re.compile(_PLAIN)
# What no honest client asks for: control characters, quotes, brackets, `..`, and broken escapes.
_GARBAGE = (
    r"""[\x00-\x20\x7f-\x9f"<>\\^`|]|^\.\.?$|\.\.(?:%2[Ff]|%5[Cc])|%2[Ee]%2[Ee]|%[01][0-9A-Fa-f]"""
    r"|%2[27]|%3[CcEe]|%5[Cc]|%7[BbCcDdFf]|%[cC]0%|%$|%.$|%[^0-9A-Fa-f]|%.[^0-9A-Fa-f]"
)
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths, cut into segments.

    Attributes
    ----------
    paths : polars.Series
        String, as given.
    steps : polars.DataFrame
        `row` and `level` (UInt32, from 0), and `segment`: a row of `segments`; by row and level.
        The last segment of `/a/` is empty.
    segments : polars.DataFrame
        The distinct segments, as `label` describes them.
    """

    paths: pl.Series
    steps: pl.DataFrame
    segments: pl.DataFrame


def lay_out(paths: pl.Series) -> Layout:
    """Cut paths into segments, and label the distinct ones.

    Parameters
    ----------
    paths : polars.Series
        String: what `template_path` gives.

    Returns
    -------
    Layout
    """
    segments = pl.col("path").str.slice(1).str.split("/")
    cut = segments.list.head(DEEPEST)
    below = cut.list.concat(pl.lit([BELOW], dtype=pl.List(pl.String)))
    steps = (
        paths.alias("path")
        .to_frame()
        .lazy()
        .with_row_index("row")
        .select("row", text=pl.when(segments.list.len() > DEEPEST).then(below).otherwise(cut))
        .with_columns(level=pl.int_ranges(0, pl.col("text").list.len(), dtype=pl.UInt32))
        .explode("text", "level", empty_as_null=False)
        .collect()
    )
    distinct = steps.select("text").unique().with_row_index("segment")
    steps = steps.join(distinct, on="text", how="left", maintain_order="left")
    return Layout(paths, steps.select("row", "level", "segment"), label(distinct["text"]))


def label(segments: pl.Series) -> pl.DataFrame:
    """Label distinct segments.

    Parameters
    ----------
    segments : polars.Series
        String, distinct.

    Returns
    -------
    polars.DataFrame
        In the order given: `raw`, the segment; `text`, percent-decoded where that loses nothing;
        `label`, the placeholder with what follows it (`{id}.pdf`), or NULL for a name; and of
        names whether they are `fixed`, which no number of others makes a value, `odd`, looking
        like a text rather than a word, or a `language`; and `garbage`.

    Examples
    --------
    >>> label(pl.Series(["users", "42.pdf", "v1"])).select("text", "label", "fixed").rows()
    [('users', None, False), ('42.pdf', '{id}.pdf', False), ('v1', None, True)]
    """
    text, suffix = pl.col("text"), pl.col("suffix")
    frame = segments.alias("raw").to_frame().with_columns(_decoded(segments).alias("text"))
    frame = frame.with_columns(
        label=_classes(frame["text"]),
        suffix=text.str.extract(rf"[^./:]({SUFFIX})$", 1).fill_null(""),
        garbage=text.str.contains(_GARBAGE) | (text.str.len_bytes() > _LONGEST_NAME * 3),
    )
    stem = pl.when(suffix != "").then(text.str.strip_suffix(suffix))
    frame = frame.with_columns(stem=_classes(frame.select(stem).to_series()) + suffix)
    # A word holds at most two separators and at most three digits, and is short.
    odd = (
        text.str.contains(r"(?:[^-_.+~]*[-_.+~ ]){3}")
        | text.str.contains(r"(?:[^0-9]*[0-9]){4}")
        | (text.str.len_chars() > _LONGEST_NAME // 3)
    )
    return frame.select(
        "raw",
        "text",
        label=pl.when(text.str.contains(r"^\{(?:year|month|day)\}$"))
        .then(text)
        .when(pl.col("garbage") | ~text.str.contains(f"^{_PLAIN}$"))
        .then(pl.lit(SLUG))
        .otherwise(pl.coalesce("label", "stem")),
        fixed=text.str.contains(f"^(?:{VERSION_NAME})?$"),
        odd=odd,
        language=text.str.to_lowercase().is_in(sorted(LANGUAGES)),
        garbage="garbage",
    )


def static_label(path: pl.Expr) -> pl.Expr:
    """Give the last segment of the templates of static assets, `**.js`; NULL for other paths."""
    ending = extension(path)
    return pl.when(ending.is_in(list(STATIC_EXTENSIONS))).then("**." + ending)


def _classes(texts: pl.Series) -> pl.Series:
    """Find the class of each text; NULL for names. Few rows are left for the later classes."""
    rest = texts.alias("text").to_frame().with_row_index("row")
    # What is not a name holds one of these; most segments need no further test.
    rest = rest.filter(pl.col("text").str.contains(r"[0-9@:_-]"))
    found = []
    for row in SEGMENT_CLASSES:
        fits = [pl.col("text").str.contains(f"^(?:{pattern})$") for pattern in row.patterns]
        rest = rest.with_columns(fits=pl.all_horizontal(fits))
        found.append(rest.filter("fits").select("row", label=pl.lit(f"{{{row.name}}}")))
        rest = rest.filter(~pl.col("fits"))
    rows = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.UInt32, eager=True)})
    return rows.join(pl.concat(found), on="row", how="left", maintain_order="left")["label"]


def _decoded(segments: pl.Series) -> pl.Series:
    encoded = segments.filter(segments.str.contains("%", literal=True))
    texts = pl.Series([_decode(segment) for segment in encoded.to_list()], dtype=pl.String)
    return segments.replace(encoded, texts) if len(encoded) else segments


def _decode(segment: str) -> str:
    try:
        text = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return segment
    return text if _PLAIN_TEXT.fullmatch(text) else segment
