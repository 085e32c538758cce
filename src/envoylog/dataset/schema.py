"""What a Parquet file says of its own columns: operator, key in the log, unit, OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from nanoarrow.c_schema import CSchema, c_schema

from envoylog import __version__
from envoylog.format.plan import Field, Plan


def arrow_schema(plans: Sequence[Plan], schema: pl.Schema) -> CSchema:
    """Describe the rows of one or more plans for Parquet.

    Parameters
    ----------
    plans : sequence of Plan
        The compiled formats; where several have a column, the first describes it.
    schema : polars.Schema
        The columns of the rows.

    Returns
    -------
    nanoarrow.c_schema.CSchema
        Each field with `envoy.operator`, `log.key`, `unit` and `otel.attribute` where it has one.
    """
    facts: dict[str, dict[str, str]] = {}
    for plan in plans:
        facts = column_facts(plan) | facts
    return described(schema, facts)


def column_facts(plan: Plan) -> dict[str, dict[str, str]]:
    """Say what is known of each column of a plan."""
    return {field.column: _facts(field) for field in plan.fields}


def described(schema: pl.Schema, facts: Mapping[str, Mapping[str, str]]) -> CSchema:
    """Describe columns for Parquet, each with its facts."""
    plain = c_schema(schema)
    children = {
        child.name: child.modify(metadata=dict(facts.get(child.name, {})))
        for child in plain.children
    }
    return plain.modify(children=children)


def file_metadata(plans: Sequence[Plan]) -> dict[str, str]:
    """Say in the file's own metadata who wrote it and from which formats."""
    formats = "\n".join(plan.document.text for plan in plans)
    return {"envoylog.version": __version__, "envoylog.format": formats}


def _facts(field: Field) -> dict[str, str]:
    facts = {
        "envoy.operator": field.command.text,
        "log.key": ".".join(map(str, field.path)),
        "unit": field.unit,
        "otel.attribute": field.otel,
    }
    return {key: value for key, value in facts.items() if value}
