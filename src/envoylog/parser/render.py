"""Write log lines as Envoy would, from typed rows: for tests, teaching and benchmarks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from envoylog.format.document import Encoding
from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Plan, PlanMember
from envoylog.format.timestamps import write_timestamp
from envoylog.spec.values import Absence, ValueType

#: One record: its columns and their values; what is missing is None or not there.
Row = Mapping[str, object]


def render_rows(plan: Plan, rows: Iterable[Row]) -> Iterator[str]:
    """Write one record per row; see `envoylog.render`."""
    for row in rows:
        yield _text(plan.members[0], row) if plan.encoding is Encoding.TEXT else _json(plan, row)


def _text(member: PlanMember, row: Row) -> str:
    return "".join(
        segment.text if isinstance(segment, Literal) else _value_text(segment, row)
        for segment in member.segments
    )


def _value_text(field: Field, row: Row) -> str:
    value = row.get(field.column)
    if value is None:
        return "" if field.absence is Absence.EMPTY else "-"
    if isinstance(value, datetime):
        zone = field.timestamp.zone if field.timestamp else "UTC"
        return write_timestamp(field.command, value.astimezone(ZoneInfo(zone)))
    return str(value)


def _json(plan: Plan, row: Row) -> str:
    tree: dict[str | int, object] = {}
    leaves: list[tuple[tuple[str | int, ...], object]] = [
        (member.path, _json_value(member, row)) for member in plan.members
    ]
    for path, value in [*leaves, *plan.document.literals]:
        node = tree
        for key in path[:-1]:
            node = node.setdefault(key, {})  # type: ignore[assignment]
        node[path[-1]] = value
    return json.dumps(_with_lists(tree), ensure_ascii=False, separators=(",", ":"))


def _json_value(member: PlanMember, row: Row) -> object:
    """Give the value of one key: a lone command keeps its type, all else is a string."""
    if len(member.segments) > 1:
        return _text(member, row)
    field = member.fields[0]
    value = row.get(field.column)
    if value is None:
        return "-" if field.absence is Absence.LITERAL_DASH else None
    # A header is a string, even where its column is a number.
    is_number = field.type in (ValueType.INTEGER, ValueType.CODE, ValueType.PORT)
    if is_number and field.command.name not in {"RESP", "RESPONSE_HEADER"}:
        return value
    return _value_text(field, row)


def _with_lists(node: object) -> object:
    """Turn objects with numbers as keys into lists, and sort the keys of others, as Envoy does."""
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(key, int) for key in node):
        return [_with_lists(node[place]) for place in sorted(node)]
    return {key: _with_lists(node[key]) for key in sorted(node, key=lambda k: str(k).encode())}
