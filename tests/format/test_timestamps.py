import json
import random
from pathlib import Path

import polars as pl
import pytest
import regex

from envoylog.format.lexer import Command
from envoylog.format.timestamps import Timestamp, read_timestamp
from envoylog.parser.columns import moment
from envoylog.spec.strftime import SPECIFIERS
from sample_logs.traffic import run

#: Time format, a text of it, the moment.
READ = [
    (None, "2026-11-24T00:33:15.832Z", "2026-11-24T00:33:15.832000"),
    ("%FT%TZ", "2026-11-24T00:33:15Z", "2026-11-24T00:33:15.000000"),
    ("%d/%b/%Y:%H:%M:%S %z", "24/Nov/2026:06:03:15 +0530", "2026-11-24T00:33:15.000000"),
    ("%F %T %Ez", "2026-11-24 06:03:15 -08:00", "2026-11-24T14:03:15.000000"),
    ("%F %T.%f", "2026-11-24 00:33:15.832123000", "2026-11-24T00:33:15.832123"),
    ("%F %T,%3f", "2026-11-24 00:33:15,832", "2026-11-24T00:33:15.832000"),
    ("%FT%H:%M:%E6S%Ez", "2026-11-24T00:33:15.832123+00:00", "2026-11-24T00:33:15.832123"),
    ("%D %R", "11/24/26 00:33", "2026-11-24T00:33:00.000000"),
    ("%e %b %Y %I:%M %p", " 1 Jan 2027 12:05 AM", "2027-01-01T00:05:00.000000"),
    ("%Y-%j %T", "2026-328 00:33:15", "2026-11-24T00:33:15.000000"),
    ("%A%t%F%t%T%%", "Tuesday\t2026-11-24\t00:33:15%", "2026-11-24T00:33:15.000000"),
    ("[%F] (%T)", "[2026-11-24] (00:33:15)", "2026-11-24T00:33:15.000000"),
    ("%T %d.%m.%Y", "00:33:15 24.11.2026", "2026-11-24T00:33:15.000000"),
    ("%s", "1795480395", "2026-11-24T00:33:15.000000"),
    ("%s.%3f", "1795480395.832", "2026-11-24T00:33:15.832000"),
    ("%s.%6f", "1795480395.832123", "2026-11-24T00:33:15.832123"),
    ("%s.%f", "1795480395.832123000", "2026-11-24T00:33:15.832123"),
]
#: What does not tell one moment.
TEXTS = ["x", "%F", "%T", "%F %H:%S", "%F %I:%M", "%F %M:%S", "%b %d %T", "%Y %T", "%Q %F %T"]


def read(
    argument: str | None, name: str = "START_TIME", zone: str | None = None
) -> Timestamp | None:
    return read_timestamp(Command(name, argument, None, 0, 0), zone)


@pytest.mark.parametrize(("argument", "text", "expected"), READ)
def test_moments(argument: str | None, text: str, expected: str) -> None:
    timestamp = read(argument)
    assert timestamp
    assert regex.fullmatch(timestamp.pattern, text)
    assert not regex.fullmatch(timestamp.pattern, f"{text} ")
    found = pl.select(moment(timestamp, pl.lit(text))).to_series()
    assert found.dtype == pl.Datetime("us", "UTC")
    assert found.dt.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_list() == [expected]


@pytest.mark.parametrize(
    ("argument", "width", "places", "after"),
    [
        (None, 17, 3, "Z"),
        ("%FT%TZ", 17, 0, "Z"),
        ("%FT%H:%M:%E6S", 17, 6, ""),
        ("%d/%b/%Y:%H:%M:%S", 18, 0, ""),
        ("%Y-%j %T%%", 15, 0, "%"),
        # Not in UTC, no seconds, of varying width, or with an hour of its own.
        ("%d/%b/%Y:%H:%M:%S %z", 0, 0, ""),
        ("%D %R", 0, 0, ""),
        ("%A %F %T", 0, 0, ""),
        ("%e %b %Y %I:%M:%S %p", 0, 0, ""),
        ("%s.%3f", 0, 0, ""),
    ],
)
def test_minutes(argument: str | None, width: int, places: int, after: str) -> None:
    timestamp = read(argument)
    assert timestamp
    minute = timestamp.minute
    assert (minute is not None) == bool(width)
    if minute:
        assert (minute.width, minute.places, minute.after) == (width, places, after)


@pytest.mark.parametrize("argument", TEXTS)
def test_text(argument: str) -> None:
    assert read(argument) is None


LOCAL = "START_TIME_LOCAL"


def test_local_times_need_their_offset_or_a_zone() -> None:
    assert read(None, LOCAL)
    assert read("%F %T %Ez", LOCAL)
    assert read("%s", LOCAL)
    assert read("%F %T", LOCAL) is None
    assert read("%F %T", LOCAL, "Asia/Kolkata")


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("UTC", "2026-11-24 06:03:15", "2026-11-24T06:03:15"),
        ("Asia/Kolkata", "2026-11-24 06:03:15", "2026-11-24T00:33:15"),
        ("Europe/Berlin", "2026-07-01 06:03:15", "2026-07-01T04:03:15"),
        # Twice in autumn: the first. Never in spring: none.
        ("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00"),
        ("Europe/Berlin", "2026-03-29 02:30:00", None),
    ],
)
def test_zones(zone: str, text: str, expected: str | None) -> None:
    timestamp = read("%F %T", LOCAL, zone)
    assert timestamp
    found = pl.select(moment(timestamp, pl.lit(text))).to_series()
    assert found.dt.strftime("%Y-%m-%dT%H:%M:%S").to_list() == [expected]


def test_a_zone_is_for_local_times_alone() -> None:
    assert read("%F %T", "START_TIME", "Asia/Kolkata") == read("%F %T")


NAMES = [*SPECIFIERS, "f", "1f", "3f", "6f", "9f", "E3S", "E6S", "E*S", "s", "Z"]
BASES: list[list[str]] = [
    [],
    ["F", "T"],
    ["Y", "m", "d", "H", "M"],
    ["Y", "j", "T"],
    ["D", "R"],
    ["F", "I", "M", "p"],
]


def random_formats(count: int) -> list[str]:
    pick = random.Random(7)  # noqa: S311 - the same formats every time
    formats = [argument for argument, *_ in READ if argument]
    for _ in range(count):
        names = pick.choice(BASES) + pick.choices(NAMES, k=pick.randint(0, 3))
        pick.shuffle(names)
        formats.append("".join(f"%{name}{pick.choice(' :-./Z,')}" for name in names))
    return formats


@pytest.mark.envoy
def test_what_envoy_writes_is_read_to_the_moment(tmp_path: Path) -> None:
    reference = "%s.%6f"
    commands = {argument: f"%START_TIME({argument})%" for argument in random_formats(400)}
    run(tmp_path, {"times.log": {**commands, reference: f"%START_TIME({reference})%"}}, requests=20)
    lines = (tmp_path / "times.log").read_text().splitlines()
    frame = pl.DataFrame([json.loads(line) for line in lines])
    truth = frame[reference].str.replace(".", "", literal=True).cast(pl.Int64)
    wrong, count = [], 0
    for argument in commands:
        if not (timestamp := read(argument)):
            continue
        count += 1
        if problem := _problem(timestamp, frame[argument], truth):
            wrong.append((argument, frame[argument][0], problem))
    assert wrong == []
    assert count > 150


def _problem(timestamp: Timestamp, texts: pl.Series, truth: pl.Series) -> str:
    if not texts.str.contains(f"^(?:{timestamp.pattern})$").all():
        return "its pattern refuses it"
    try:
        found = pl.select(moment(timestamp, pl.lit(texts))).to_series()
    except pl.exceptions.PolarsError as error:
        return str(error).partition("\n")[0]
    lost = truth - found.cast(pl.Int64)
    # What a format does not write (fractions, seconds) is lost, and no more.
    ok = lost.null_count() == 0 and lost.is_between(0, 59_999_999).all()
    return "" if ok else f"read as {found[0]}"
