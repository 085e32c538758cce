"""Read JSON lines: decode them by the block, account for every key, convert every value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.format.document import Path
from envoylog.format.plan import Field, PlanMember
from envoylog.parser import columns
from envoylog.parser.json_cuts import CutReader
from envoylog.parser.json_decode import decode
from envoylog.parser.json_exact import Constant, Keys, read_exactly
from envoylog.parser.json_extra import has_key, split_off_extra
from envoylog.parser.refusals import Explainer
from envoylog.parser.split_reader import OK
from envoylog.parser.text import AMBIGUOUS, INDEX, TEXT, TextReader, in_order

NOT_AN_OBJECT: Final = "not a JSON object"
NO_KNOWN_KEY: Final = "none of the format's keys is in it"
EXTRA: Final = "extra"
_FOREIGN: Final = "#foreign"
_WHY: Final = "#why"
# So many objects are read one by one in less time than the decoder takes to begin;
_FEW: Final = 128
# and so many in less time than it takes to find the bad ones by halving.
_HALVES: Final = 64

# Surrogates, which the decoder turns into NUL, Envoy's escapes of bytes that are not UTF-8, and
# keys that hold a quote, which look like the end of another key.
_DELICATE = r'\\u(?:[dD][89a-fA-F]|00[89a-fA-F])|\\"[^"]*":'
# Blanks after a quote may hide the `":` by which keys are counted.
_BLANKS = ('" ', '"\t', '"\r')


@dataclass(frozen=True)
class JsonReader:
    """Reads the records of one JSON format, many lines at a time.

    Attributes
    ----------
    members : tuple of PlanMember
        The format strings of the plan and the keys that lead to them.
    literals : tuple of (Path, value)
        What stands in every record as it is. It is not kept, unless a record has another value.
    """

    members: tuple[PlanMember, ...]
    literals: tuple[tuple[Path, object], ...] = ()

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields of all members."""
        return tuple(field for member in self.members for field in member.fields)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The path of each member, then of each literal."""
        return tuple(
            [member.path for member in self.members] + [path for path, _value in self.literals]
        )

    @cached_property
    def keys(self) -> Keys:
        """The tree of keys."""
        leaves: list[tuple[Path, Constant | None]] = [(m.path, None) for m in self.members]
        return _tree([*leaves, *((path, Constant(value)) for path, value in self.literals)])

    @cached_property
    def _has_lists(self) -> bool:
        return any(isinstance(key, int) for path in self.paths for key in path)

    @cached_property
    def _constants(self) -> dict[str, str | None]:
        """What the decoder makes of each literal, by the name of its column."""
        first = len(self.members)
        names = [f"#{first + place}" for place in range(len(self.literals))]
        texts = [json.dumps({"v": value}) for _path, value in self.literals]
        dtype = pl.Struct({"v": pl.String()})
        decoded = pl.Series(texts, dtype=pl.String).str.json_decode(dtype).struct.field("v")
        return dict(zip(names, decoded.to_list(), strict=True))

    @cached_property
    def _cuts(self) -> CutReader | None:
        """The reader of lines whose values are all of one command each, in a flat object."""
        if any(len(path) > 1 for path in self.paths) or any(
            len(member.segments) > 1 for member in self.members
        ):
            return None
        return CutReader(
            {str(member.path[0]): member.fields[0] for member in self.members},
            {str(path[0]): value for path, value in self.literals},
        )

    def read(
        self, texts: pl.Series, *, printable: bool = False, quotes: int | None = None
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Read lines.

        Parameters
        ----------
        texts : polars.Series
            Lines, none of them null.
        printable : bool
            Whether they are known to hold no control characters but tabs; makes it faster.
        quotes : int, optional
            How many `"` all of them hold; makes it faster.

        Returns
        -------
        rows : polars.DataFrame
            A typed column per field, `extra`, `#ambiguous` and `#index`, in order.
        refused : polars.DataFrame
            `#index`, `reason` and `field` of the other lines.
        """
        index = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias(INDEX)
        reader = self._cuts
        cut = reader.read(texts, printable=printable, quotes=quotes) if reader else None
        if cut is None:
            return self._read_objects(texts, index)
        ok = cut[OK]
        every = cut.select(
            pl.exclude(OK),
            pl.lit(None, pl.String).alias(EXTRA),
            pl.lit(value=False).alias(AMBIGUOUS),
            index,
        )
        if ok.all():
            return every, _refuse(every.clear(), NOT_AN_OBJECT)
        rest, refused = self._read_objects(texts.filter(~ok), index.filter(~ok))
        return in_order(every, ok, rest), refused

    def _read_objects(
        self, texts: pl.Series, index: pl.Series
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Read lines as JSON decoders do; parameters and result are those of `read`."""
        lines = pl.DataFrame([texts.alias(TEXT), index])
        is_object = texts.str.contains(r"^\s*\{") & texts.str.contains(r"\}\s*$")
        objects = lines.filter(is_object)
        if len(objects) <= _FEW or self._has_lists:
            rows, broken = self._read_exactly(objects)
        else:
            rows, broken = self._read_by_decoder(objects)
        typed, misfits = self._typed(rows.filter(~rows[_FOREIGN]))
        refused = pl.concat(
            [
                _refuse(lines.filter(~is_object), NOT_AN_OBJECT),
                _refuse(broken, NOT_AN_OBJECT),
                _refuse(rows.filter(rows[_FOREIGN]), NO_KNOWN_KEY),
                misfits,
            ]
        )
        return typed.sort(INDEX), refused.sort(INDEX)

    def _read_by_decoder(self, objects: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Read objects together.

        Gives their values as texts, `extra`, and whether they have none of the format's keys; and
        the lines that are broken.
        """
        delicate = objects[TEXT].str.contains(_DELICATE)
        for blank in _BLANKS:
            delicate |= objects[TEXT].str.contains(blank, literal=True)
        plain = objects.filter(~delicate)
        decoded, failed = decode(plain, TEXT, self.keys, self.paths, least=_HALVES)
        decoded, changed = self._without_constants(decoded)
        settled, doubtful = split_off_extra(decoded, TEXT, self.keys, self.paths)
        settled = settled.with_columns(self._is_foreign(settled).alias(_FOREIGN))
        hard = [objects.filter(delicate), failed, changed, doubtful]
        exact, broken = self._read_exactly(pl.concat(part.select(TEXT, INDEX) for part in hard))
        return pl.concat([settled, exact.select(settled.columns)]), broken

    def _without_constants(self, decoded: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Put rows aside in which a literal of the format has another value."""
        changes = (
            pl.col(name).is_not_null() & pl.col(name).ne_missing(text)
            for name, text in self._constants.items()
        )
        differs = pl.any_horizontal(pl.lit(value=False), *changes)
        return decoded.filter(~differs), decoded.filter(differs)

    def _read_exactly(self, objects: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Read objects one by one; the result is that of `_read_by_decoder`."""
        lines = [read_exactly(text, self.keys) for text in objects[TEXT]]
        good = pl.Series([line is not None for line in lines], dtype=pl.Boolean)
        read = [line for line in lines if line]
        texts = (
            pl.Series(f"#{place}", [line.text(path) for line in read], dtype=pl.String)
            for place, path in enumerate(self.paths)
        )
        found = objects.filter(good).with_columns(
            *texts,
            pl.Series(EXTRA, [line.extra for line in read], dtype=pl.String),
            pl.Series(_FOREIGN, [not line.known for line in read], dtype=pl.Boolean),
        )
        return found, objects.filter(~good)

    def _is_foreign(self, rows: pl.DataFrame) -> pl.Series:
        """Tell which objects have none of the format's keys."""
        values = (pl.col(f"#{number}") for number in range(len(self.members)))
        empty = rows.select(pl.all_horizontal(value.is_null() for value in values)).to_series()
        if not empty.any():
            return empty
        keys = {str(key) for path in self.paths for key in path}
        return empty & ~rows.select(pl.any_horizontal(has_key(TEXT, k) for k in keys)).to_series()

    def _typed(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Convert values; a row with a value that does not belong to its column is refused."""
        for number, member in enumerate(self.members):
            if len(member.segments) > 1:
                rows = rows.with_columns(_read_mixed(member, rows[f"#{number}"]))
        typed = rows.select(self._columns)
        wrong = typed.filter(pl.col("#misfit").is_not_null())
        return (
            typed.filter(pl.col("#misfit").is_null()).drop("#misfit"),
            wrong.select(INDEX, "#misfit").unnest("#misfit"),
        )

    @cached_property
    def _columns(self) -> list[pl.Expr]:
        """Make the columns of rows, and `#misfit`, of the texts of members."""
        values: list[pl.Expr] = []
        misfits: list[pl.Expr] = []
        ambiguous = [pl.lit(value=False)]
        for number, member in enumerate(self.members):
            text = pl.col(f"#{number}")
            if len(member.segments) == 1:
                field = member.fields[0]
                value = columns.value(field, text)
                values.append(value.alias(field.column))
                # A string in quotes is whole whatever it holds; other types must convert.
                if columns.DTYPES[field.type] != pl.String():
                    belongs = columns.admits(field, text, value)
                    fits = text.is_null() | text.is_in(["-", ""])
                    fits |= value.is_not_null() if belongs is None else belongs
                    misfits.append(pl.when(~fits).then(_misfit(field)))
            else:
                mixed = pl.col(f"#{number}:").struct
                values += [mixed.field(field.column) for field in member.fields]
                ambiguous.append(mixed.field(AMBIGUOUS).fill_null(value=False))
                misfits.append(mixed.field(_WHY))
        return [
            *values,
            pl.col(EXTRA),
            pl.any_horizontal(ambiguous).alias(AMBIGUOUS),
            pl.col(INDEX),
            pl.coalesce(*misfits, pl.lit(None, columns.REFUSAL)).alias("#misfit"),
        ]


def _read_mixed(member: PlanMember, texts: pl.Series) -> pl.Series:
    """Read values that mix text and commands: a struct of fields, and why one is unreadable."""
    place = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias(INDEX)
    present = texts.is_not_null()
    reader = TextReader(member.segments)
    read = reader.read(texts.filter(present))
    read = read.with_columns(place.filter(present).gather(read[INDEX]))
    unread = present & ~place.is_in(read[INDEX].implode())
    why = pl.DataFrame(
        [place.filter(unread), Explainer(reader.segments).explain(texts.filter(unread)).alias(_WHY)]
    )
    every = place.to_frame().join(read, on=INDEX, how="left", maintain_order="left")
    every = every.join(why, on=INDEX, how="left", maintain_order="left")
    return every.drop(INDEX).to_struct(f"{texts.name}:")


def _misfit(field: Field) -> pl.Expr:
    return columns.refusal(f"the value is not {field.text_class.meaning}", field.column)


def _refuse(lines: pl.DataFrame, reason: str) -> pl.DataFrame:
    return lines.select(INDEX, reason=pl.lit(reason), field=pl.lit(None, pl.String))


def _tree(leaves: Sequence[tuple[Path, Constant | None]]) -> Keys:
    branches: dict[str | int, list[tuple[Path, Constant | None]]] = {}
    for (first, *rest), leaf in leaves:
        branches.setdefault(first, []).append((tuple(rest), leaf))
    return {
        key: below[0][1] if below[0][0] == () else _tree(below) for key, below in branches.items()
    }
