"""Read JSON lines by cuts: how nearly all of them are read.

Envoy writes the keys of a format in one order, without blanks. So a line is cut on `,"` into one
piece for each key, which begins with the key and goes on with `null`, a number or a string in
quotes. If there are as many pieces as keys, no backslash, no control character, and no more quotes
than the keys and strings have around them, the line is a JSON object, and this is its one reading.
A line that fails any of this is left to the decoder, which decides.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from envoylog.format.plan import Field
from envoylog.parser import columns, quick
from envoylog.parser.split_reader import AS_IT_IS, OK, RAW

_TEXT: Final = "#text"
_QUOTES: Final = "#quotes"
_BEGIN: Final = '{"'
# Lines that show the order of the keys.
_SAMPLE: Final = 16


@dataclass(frozen=True)
class CutReader:
    """Reads JSON objects whose keys stand in the order of most.

    Attributes
    ----------
    fields : mapping of str to Field
        The key of each field, in the order of the columns to give.
    literals : mapping
        The keys of what stands in every record as it is, and the value.
    """

    fields: Mapping[str, Field]
    literals: Mapping[str, object]
    _known: dict[tuple[str, ...], tuple[list[pl.Expr], ...]] = dataclasses.field(
        default_factory=dict, compare=False
    )

    def read(
        self, texts: pl.Series, *, printable: bool = False, quotes: int | None = None
    ) -> pl.DataFrame | None:
        """Cut lines and test the pieces.

        Parameters
        ----------
        texts : polars.Series
            Strings, none of them null.
        printable : bool
            Whether they are known to hold no control characters but tabs.
        quotes : int, optional
            How many `"` all of them hold; makes it faster.

        Returns
        -------
        polars.DataFrame or None
            One row per text: a typed column per field, and `#ok` where this is the reading. None
            where most lines have no order of keys in common.
        """
        order = self._order(texts)
        if order is None:
            return None
        if order not in self._known:
            self._known[order] = self._steps(order)
        control = "\t" if printable else r"[\x00-\x1f]"
        cut = pl.col(_TEXT).str.splitn(',"', len(order) + 1).struct
        frame = texts.alias(_TEXT).to_frame().lazy()
        frame = frame.select(
            cut.rename_fields([*(_piece(place) for place in range(len(order))), "#spare"]),
            (
                pl.col(_TEXT).str.contains("\\", literal=True)
                | pl.col(_TEXT).str.contains(control, literal=printable)
            ).alias("#odd"),
        ).unnest(_TEXT)
        # Step by step, so that nothing is computed twice.
        tests, parts, values = self._known[order]
        frame = frame.with_columns(tests).select(parts).select(values)
        read = frame.collect(engine="streaming", optimizations=AS_IT_IS)
        ok = read[OK] & _no_other_quotes(texts, read[OK], read[_QUOTES], quotes)
        return read.drop(_QUOTES).with_columns(ok.alias(OK))

    def _order(self, texts: pl.Series) -> tuple[str, ...] | None:
        """Find the order of keys of most lines, if the format knows them all."""
        sample = texts.gather_every(len(texts) // _SAMPLE + 1).to_list()
        [(order, count)] = Counter(map(_keys, sample)).most_common(1) or [((), 0)]
        usual = order in self._known or _is_plain(order)
        known = {*order} <= {*self.fields, *self.literals}
        return order if order and usual and known and 2 * count >= len(sample) else None

    def _steps(self, order: tuple[str, ...]) -> tuple[list[pl.Expr], ...]:
        """Make the tests of the pieces, then their texts, then columns, `#ok`, `#quotes`."""
        tests: list[pl.Expr] = []
        texts: list[pl.Expr] = []
        checks = [~pl.col("#odd"), pl.col("#spare").is_null()]
        values = {
            field.column: pl.lit(None, columns.DTYPES[field.type]).alias(field.column)
            for field in self.fields.values()
        }
        admits: list[pl.Expr] = []
        quotes = 2 * len(order)
        for place, key in enumerate(order):
            piece = pl.col(_piece(place))
            head = f'{"" if place else _BEGIN}{key}":'
            if place == len(order) - 1:
                checks.append(piece.str.ends_with("}"))
                piece = piece.str.strip_suffix("}")
            if key in self.literals:
                written = json.dumps(self.literals[key], ensure_ascii=False)
                checks.append(piece == head + written)
                quotes += 2 * written.startswith('"')
                continue
            field = self.fields[key]
            text = pl.col(RAW + field.column)
            value = quick.value(field, text)
            values[field.column] = value.alias(field.column)
            if columns.DTYPES[field.type] == pl.String() or field.timestamp:
                is_string = pl.col(_is_string(place))
                tests.append(piece.str.starts_with(f'{head}"').alias(_is_string(place)))
                rest = piece.str.slice(len(head) + 1).str.head(-1)  # a quote, or the line is not ok
                texts.append(pl.when(is_string).then(rest).alias(RAW + field.column))
                checks.append((is_string & piece.str.ends_with('"')) | (piece == f"{head}null"))
                if field.timestamp:
                    admitted = quick.admits(field, text, value, few=False, clean=frozenset())
                    admits.append(text.is_null() | (True if admitted is None else admitted))
            else:
                texts.append(piece.str.slice(len(head)).alias(RAW + field.column))
                checks.append(piece.str.starts_with(head))
                # Not 007, which JSON does not know.
                number = ((text >= "1") | (text == "0")) & value.is_not_null()
                admits.append(number | (text == "null"))
        strings = pl.sum_horizontal(pl.lit(0), *(pl.col(test.meta.output_name()) for test in tests))
        whole = pl.all_horizontal(checks).alias(OK)
        right = pl.all_horizontal(pl.col(OK), *admits).fill_null(value=False).alias(OK)
        around = (quotes + 2 * strings).alias(_QUOTES)
        return tests, [*texts, whole, around], [*values.values(), right, pl.col(_QUOTES)]


def _no_other_quotes(
    texts: pl.Series, ok: pl.Series, around: pl.Series, total: int | None
) -> pl.Series:
    """Tell which of the lines that are ok hold no quotes but those around keys and strings."""
    if total is not None:
        # None holds fewer: if they add up, none holds more.
        others = int(texts.filter(~ok).str.count_matches('"', literal=True).sum())
        if int(around.filter(ok).sum()) + others == total:
            return ok
    return texts.str.count_matches('"', literal=True) == around


def _piece(place: int) -> str:
    return f"#{place}"


def _is_string(place: int) -> str:
    return f"#{place}?"


def _keys(line: str) -> tuple[str, ...]:
    """Name the keys of an object in order."""
    try:
        members = json.loads(line, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return ()
    return tuple(str(key) for key, _value in members) if isinstance(members, tuple) else ()


def _is_plain(keys: tuple[str, ...]) -> bool:
    """Tell whether keys need no escapes and none comes twice."""
    plain = all(json.dumps(key, ensure_ascii=False) == f'"{key}"' for key in keys)
    return plain and len({*keys}) == len(keys)
