"""The command beside a table gives the same rows, and all of them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from click.testing import CliRunner

import envoylog
from envoylog.cli import cli
from envoylog.reports.command import command
from envoylog.reports.config import Config
from envoylog.reports.sections import Filters, Section


def test_the_command_asks_the_same(istio_parquet: Path) -> None:
    sections = (
        Section("errors-by-authority", filters=Filters(where="method = 'GET'")),
        Section("top-routes", rows=3, parameters={"sort": "time"}),
        Section("traffic"),
    )
    config = Config(
        sections=sections, timezone="Europe/Zurich", filters=Filters(authority=("*.example.com",))
    )
    report = envoylog.report(istio_parquet, config=config)
    for part in report.parts:
        words = shlex.split(command(report, part))
        done = CliRunner().invoke(cli, [*words[1:], "--json"])
        assert done.exit_code == 0, done.stderr
        assert part.answer
        rows = json.loads(part.answer.to_json())["rows"]
        assert json.loads(done.stdout)["rows"] == rows
