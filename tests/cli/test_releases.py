"""The commands that judge releases, as the shell sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import envoylog
from envoylog.charts.axes import need_matplotlib
from envoylog.errors import QueryError
from envoylog.questions.releases.extra import need_statistics

COMMAND = [sys.executable, "-m", "envoylog"]
SHOP = ("--authority", "shop.example.com")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, check=False, text=True
    )


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("release") / "release.parquet"
    folder = Path(__file__).parent.parent.parent / "sample_logs"
    envoylog.parse(folder / "release.log", format=str(folder / "release.format"), to=to)
    return to


def test_a_canary_with_pictures(release: Path, tmp_path: Path) -> None:
    picture = tmp_path / "canary.svg"
    done = run("canary", release, *SHOP, "--weights", "v1=70,v2=30", "--plot", picture)
    assert done.returncode == 0, done.stderr
    first, second, *_rest = done.stdout.splitlines()
    assert first == "verdict: worse"
    assert second == "- v1: 1,102 requests; v2: 448 requests"
    assert done.stderr.startswith("Is the new version worse? WORSE. 1,550 requests, 2026-11-28")
    assert "Newcombe 1998" in done.stderr
    assert picture.read_text().startswith("<?xml")


def test_json_for_programs(release: Path) -> None:
    told = json.loads(run("canary", release, *SHOP, "--json").stdout)
    assert told["verdict"] == "worse"
    assert told["requests_by_version"] == {"v1": 1102, "v2": 448}
    held = json.loads(
        run("slo", release, "--objectives", "docs/examples/slo.toml", "--json").stdout
    )
    assert held["missed"] == ["the shop answers", "orders come back"]
    assert [row["bad"] for row in held["objectives"]] == [34, 30, 11]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("canary", "--weights", "v1"), 2, "envoylog: weights 'v1': write v1=90,v2=10\n"),
        (
            ("canary", "--weights-from", "none.yaml"),
            3,
            "envoylog: none.yaml cannot be read: No such file or directory\n",
        ),
        (
            ("canary", "--by", "authority"),
            2,
            "envoylog: canary compares two versions, and by authority there is: api.example.com",
        ),
        (
            ("canary", *SHOP, "--plot", "picture.docx"),
            2,
            "envoylog: picture.docx: a picture's name ends in .svg, .png, .pdf\n",
        ),
        (
            ("before-after", "--at", "2020-01-01"),
            2,
            "envoylog: before-after: 2020-01-01 00:00:00 UTC is not within the data, 2026-11-28",
        ),
        (
            ("slo", "--objectives", "README.md"),
            2,
            "envoylog: README.md is not TOML: ",
        ),
        (("mirror", "--since", "2030-01-01"), 2, "envoylog: mirror: no request matches\n"),
    ],
)
def test_one_plain_line(release: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    if arguments[2] == "authority":
        arguments = (
            *arguments,
            "--candidate",
            "shop.example.com",
            "--baseline",
            "shop.example.com",
        )
    command, *options = arguments
    done = run(command, release, *options)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("need", "package", "extra"),
    [
        (lambda: need_statistics("canary"), "scipy", "stats"),
        (need_matplotlib, "matplotlib", "plot"),
    ],
)
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, need: object, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert callable(need)
    with pytest.raises(QueryError, match=rf"needs {package}: pip install 'envoylog\[{extra}\]'"):
        need()
