"""Printed schedules are taken by what runs them."""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from zoneinfo import ZoneInfo

import kubernetes_validate
import pytest
import yaml

from envoylog.errors import QueryError
from envoylog.reports.schedule import snippet

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
#: What must come through unharmed.
WORDS = [
    "sh",
    "-c",
    'printf "%s\\n" "$@" > out.txt',
    "sh",
    "100%",
    "$HOME",
    "it's",
    'a "b"',
    "r-{date}",
]


def printed(scheduler: str, length: str, zone: str, folder: Path = Path("/srv/logs")) -> str:
    words = ["/bin/envoylog", "report", *WORDS]
    return snippet(scheduler, words, length, ZoneInfo(zone), now=NOW, folder=folder)


@pytest.mark.parametrize(
    ("length", "zone", "fields"),
    [
        # The tests' machine is five hours behind UTC in winter, four in summer.
        ("day", "UTC", "10 20 * * *"),  # 19:00 in winter, 20:00 in summer
        ("day", "Asia/Kolkata", "40 14 * * *"),  # 13:30, 14:30
        ("day", "America/New_York", "10 0 * * *"),  # the same clock
        ("hour", "UTC", "10 * * * *"),
        ("hour", "Asia/Kolkata", "40 * * * *"),
        ("week", "America/New_York", "10 0 * * 1"),
        ("week", "UTC", "10 20 * * 0"),  # Sunday evening
    ],
)
def test_cron_runs_after_the_window_all_year_long(length: str, zone: str, fields: str) -> None:
    (line,) = (line for line in printed("cron", length, zone).splitlines() if line[0] != "#")
    assert line.startswith(f"{fields} cd /srv/logs && /bin/envoylog report sh -c ")


def test_cron_hands_every_word_on() -> None:
    line = printed("cron", "day", "UTC").splitlines()[-1]
    assert not re.search(r"(?<!\\)%", line)  # the real cron is run in test_cron
    command = line.split(" && ")[1].replace(r"\%", "%")
    assert shlex.split(command)[2:] == WORDS


@pytest.mark.skipif(not which("systemd-analyze"), reason="no systemd-analyze here")
@pytest.mark.parametrize("zone", ["UTC", "Europe/Zurich"])
@pytest.mark.parametrize("length", ["hour", "day", "week"])
def test_systemd_takes_the_units(length: str, zone: str, tmp_path: Path) -> None:
    words = ["/bin/echo", *WORDS]
    text = snippet("systemd", words, length, ZoneInfo(zone), now=NOW, folder=tmp_path)
    parts = re.split(r"# /etc/systemd/system/([\w.-]+).*\n", text)[1:]
    for name, unit in zip(parts[::2], parts[1::2], strict=True):
        (tmp_path / name).write_text(unit)
    units = [f"envoylog-report-{length}.service", f"envoylog-report-{length}.timer"]
    assert parts[::2] == units
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / unit for unit in units)],
        capture_output=True,
        check=False,
        text=True,
    )
    # Of units of the machine itself it may complain; of ours not.
    assert "envoylog" not in done.stderr, done.stderr
    (calendar,) = re.findall("OnCalendar=(.*)", text)
    subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True)


def test_systemd_escapes_what_it_would_expand() -> None:
    (line,) = re.findall("ExecStart=(.*)", printed("systemd", "day", "UTC"))
    assert line.endswith('100%% $$HOME "it\'s" "a \\"b\\"" r-{date}')


@pytest.mark.parametrize("length", ["hour", "day", "week"])
def test_kubernetes_takes_the_job(length: str) -> None:
    job = yaml.safe_load(printed("kubernetes", length, "Europe/Zurich"))
    kubernetes_validate.validate(job, "1.34", strict=True)
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["envoylog", "report", *WORDS]
    assert job["spec"]["timeZone"] == "Europe/Zurich"
    assert job["spec"]["schedule"] == {
        "hour": "10 * * * *", "day": "10 0 * * *", "week": "10 0 * * 1",
    }[length]  # fmt: skip


@pytest.mark.parametrize("scheduler", ["cron", "systemd", "kubernetes"])
def test_line_breaks_are_refused(scheduler: str) -> None:
    with pytest.raises(QueryError, match="line break"):
        snippet(scheduler, ["a\nb"], "day", ZoneInfo("UTC"), now=NOW, folder=Path("/"))
