"""`compile_format`: by name, by file, as it is."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.format.document import Encoding


def test_names_files_strings_and_dictionaries(tmp_path: Path) -> None:
    text = "%RESPONSE_CODE% %DURATION%"
    (tmp_path / "fmt.txt").write_text(text + "\n")
    parser = envoylog.compile_format(text)
    assert list(parser.schema) == ["response_code", "duration", "ambiguous"]
    assert envoylog.compile_format(tmp_path / "fmt.txt").schema == parser.schema
    assert envoylog.compile_format(str(tmp_path / "fmt.txt")).schema == parser.schema
    assert envoylog.compile_format(parser) is parser
    as_json = envoylog.compile_format({"code": "%RESPONSE_CODE%", "took": "%DURATION%"})
    assert list(as_json.schema) == ["response_code", "duration", "extra"]
    assert envoylog.compile_format("istio").plan == envoylog.compile_format("istio-1.23").plan


def test_json_shaped_text_is_text_when_told_so() -> None:
    shaped = '{"code": "%RESPONSE_CODE%"}'
    assert envoylog.compile_format(shaped).plan.encoding is Encoding.JSON
    assert envoylog.compile_format(shaped, "TEXT").plan.encoding is Encoding.TEXT


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("istoi", "no format or file 'istoi': did you mean 'istio'?"),
        ("nothing.txt", "no format or file 'nothing.txt': a format has command operators"),
    ],
)
def test_unknown_names(given: str, words: str) -> None:
    with pytest.raises(envoylog.UnknownNameError) as raised:
        envoylog.compile_format(given)
    assert str(raised.value).startswith(words)


def test_a_folder_is_no_format(tmp_path: Path) -> None:
    with pytest.raises(envoylog.InputError, match="is a folder: give the file"):
        envoylog.compile_format(tmp_path)


SEVERAL = """\
meshConfig:
  accessLogFile: /dev/stdout
  accessLogFormat: "%RESPONSE_CODE% %DURATION%\\n"
  extensionProviders:
  - name: edge
    envoyFileAccessLog:
      path: /dev/stdout
      logFormat: {labels: {took: "%DURATION%"}}
  - name: again
    envoyFileAccessLog:
      path: /dev/stderr
      logFormat: {labels: {took: "%DURATION%"}}
  - name: sparse
    envoyFileAccessLog:
      path: /dev/stdout
      omitEmptyValues: true
      logFormat: {text: "%REQ(A)%|%DURATION%\\n"}
"""
EDGE = "meshConfig.extensionProviders[0].envoyFileAccessLog.logFormat.labels"
SPARSE = "meshConfig.extensionProviders[2].envoyFileAccessLog.logFormat.text"


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Write a configuration with three formats; one stands in it twice."""
    (tmp_path / "mesh.yaml").write_text(SEVERAL)
    return tmp_path / "mesh.yaml"


def test_several_formats_in_a_file_are_listed(several: Path) -> None:
    with pytest.raises(envoylog.UnknownNameError) as raised:
        envoylog.compile_format(several)
    known = ("1 (meshConfig.accessLogFormat)", f"2 ({EDGE})", f"3 ({SPARSE})")
    assert raised.value.known == known
    assert str(raised.value) == (
        f"no single format in {_shown(several)!r}: pick one with --pick, by number or name; "
        f"known: {', '.join(known)}"
    )
    with pytest.raises(envoylog.UnknownNameError, match=r"no format again in .*: pick one with"):
        envoylog.compile_format(several, pick="again")
    with pytest.raises(envoylog.UnknownNameError, match="no format 4 in "):
        envoylog.compile_format(several, pick=4)


def _shown(path: Path) -> str:
    return str(path) if len(str(path)) <= 60 else f"{str(path)[:60]}…"


@pytest.mark.parametrize(
    ("pick", "columns"),
    [
        *((pick, ["response_code", "duration"]) for pick in (1, "1", "mesh")),
        *((pick, ["duration"]) for pick in (2, "2", "edge", EDGE)),
        *((pick, ["req_a", "duration"]) for pick in (3, "sparse", SPARSE)),
    ],
)
def test_one_of_several_is_picked(several: Path, pick: str | int, columns: list[str]) -> None:
    parser = envoylog.compile_format(several, pick=pick)
    assert [field.column for field in parser.plan.fields] == columns


def test_a_carrier_tells_encoding_and_what_is_omitted(several: Path) -> None:
    # Whatever was said of the encoding: the product decides.
    edge = envoylog.compile_format(several, "TEXT", pick="edge")
    assert edge.plan.encoding is Encoding.JSON
    sparse = envoylog.compile_format(several, pick="sparse")
    assert sparse.parse_lines(["|", "|5", "x|"]).rows["duration"].to_list() == [None, 5, None]
    mesh = envoylog.compile_format(several, pick="mesh")
    assert mesh.parse_lines(["200 "]).rows.is_empty()


def test_what_is_omitted_can_be_said() -> None:
    text = "%REQ(A)%|%DURATION%\n"
    assert envoylog.compile_format(text).parse_lines(["x|"]).rows.is_empty()
    sparse = envoylog.compile_format(text, omit_empty_values=True)
    assert sparse.parse_lines(["|"]).rows.rows() == [(None, None, False)]


def test_a_fault_in_one_of_several_says_in_which(tmp_path: Path) -> None:
    file = tmp_path / "mesh.yaml"
    file.write_text(
        "accessLogFormat: '%RESPONSE_CODE% %DURATION'\n"
        "extensionProviders:\n"
        "- name: json\n"
        "  envoyFileAccessLog: {path: /dev/stdout, logFormat: {labels: {a: '%DURATION%'}}}\n"
    )
    with pytest.raises(envoylog.FormatError) as caught:
        envoylog.parse("sample_logs/envoy.log", file, to=tmp_path / "o.parquet")
    first, *_, last = str(caught.value).splitlines()
    assert first == f"format 1 of 2 in {file} (mesh) has a fault:"
    assert last == "to read without it, pick another with --pick, by number or name"


def test_pick_is_for_configurations_alone(tmp_path: Path) -> None:
    (tmp_path / "fmt.txt").write_text("%DURATION%\n")
    assert envoylog.compile_format(tmp_path / "fmt.txt", pick=1).plan.fields


def test_json_shaped_text_in_a_mesh_is_text(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        'accessLogFile: /x\naccessLogFormat: \'{"took": "%DURATION%"}\'\n'
    )
    parser = envoylog.compile_format(tmp_path / "m.yaml")
    assert parser.plan.encoding is Encoding.TEXT
    assert parser.parse_lines(['{"took": "5"}']).rows["duration"].to_list() == [5]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\xff\xfe%DURATION%")
    with pytest.raises(envoylog.InputError, match="is not text, so it holds no format"):
        envoylog.compile_format(tmp_path / "a.bin")


@pytest.mark.parametrize("text", ["%DURATION% " * 1000, "%DURATION%\0", "a/" * 3000 + "%DURATION%"])
def test_formats_that_are_no_names_of_files(text: str) -> None:
    assert envoylog.compile_format(text, "TEXT").plan.fields


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-07-01 06:03:15", "2026-07-01T04:03:15"),
        ("2026-11-24 06:03:15", "2026-11-24T05:03:15"),
        ("2026-03-29 01:59:59", "2026-03-29T00:59:59"),
        ("2026-03-29 03:00:00", "2026-03-29T01:00:00"),
        # Twice in autumn: the first.
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00"),
        ("2026-10-25 03:00:00", "2026-10-25T02:00:00"),
    ],
)
def test_local_times_with_their_zone(local: str, utc: str) -> None:
    text = "%START_TIME_LOCAL(%F %T)% %DURATION%\n"
    parser = envoylog.compile_format(text, timezone="Europe/Berlin")
    (moment,) = parser.parse_lines([f"{local} 5"]).rows["start_time_local"]
    assert moment.isoformat() == f"{utc}+00:00"
    # Without a zone it stays text.
    (kept,) = envoylog.compile_format(text).parse_lines([f"{local} 5"]).rows["start_time_local"]
    assert kept == local


def test_the_hour_that_spring_leaves_out_is_none() -> None:
    text = "%START_TIME_LOCAL(%F %T)% %DURATION%\n"
    parser = envoylog.compile_format(text, timezone="Europe/Berlin")
    parsed = parser.parse_lines(["2026-03-29 02:30:00 5"])
    assert parsed.rejects["reason"].to_list() == ["the value is impossible or out of range"]


def test_the_format_is_detected(tmp_path: Path) -> None:
    to = tmp_path / "o.parquet"
    run = envoylog.parse("sample_logs/istio.log", "auto", to=to)
    assert (run.rows, run.rejects, run.skipped) == (2000, 0, 148)
    assert "connection_termination_details" in pl.read_parquet_schema(to)
    run = envoylog.parse(["sample_logs/istio-json.log"], "auto", to=to)
    assert (run.rows, run.rejects) == (2000, 0)
    assert pl.read_parquet(to)["extra"].null_count() == 2000


def test_several_formats_are_detected(tmp_path: Path) -> None:
    logs = [Path("sample_logs", f"{name}.log") for name in ("envoy", "istio-json")]
    head = [b"".join(log.read_bytes().splitlines(keepends=True)[:300]) for log in logs]
    for number, data in enumerate([*head, head[0] + head[1]]):
        (tmp_path / f"{number}.log").write_bytes(data)
    alone = [envoylog.parse(log, "auto", to=tmp_path / "o.parquet") for log in logs]
    assert [len(run.changes) for run in alone] == [0, 0]
    rows = [
        envoylog.parse(tmp_path / f"{number}.log", "auto", to=tmp_path / "o.parquet").rows
        for number in (0, 1)
    ]
    run = envoylog.parse(tmp_path.glob("?.log"), "auto", to=tmp_path / "o.parquet", keep=["source"])
    assert (run.rows, run.rejects) == (2 * sum(rows), 0)
    found = pl.read_parquet(run.output).group_by("source", "format").len()
    expected = {("0", "envoy", rows[0]), ("1", "istio-json", rows[1])}
    expected |= {("2", "envoy", rows[0]), ("2", "istio-json", rows[1])}
    assert {(Path(source).stem, name, count) for source, name, count in found.rows()} == expected
    assert {(Path(c.source).stem, c.format, c.rows) for c in run.changes} == expected
    both = envoylog.parse(tmp_path / "2.log", "auto", to=tmp_path / "o.parquet")
    assert [change.format for change in both.changes] == ["envoy", "istio-json"]
    assert all(c.first and c.last and c.first <= c.last for c in both.changes)


def test_only_the_beginning_of_a_log_is_looked_at(tmp_path: Path) -> None:
    line = Path("sample_logs/envoy.log").read_bytes().partition(b"\n")[0] + b"\n"
    (tmp_path / "a.log").write_bytes(line * 600 + b"oops\n" * 5000)
    run = envoylog.parse(tmp_path / "a.log", "auto", to=tmp_path / "o.parquet")
    assert (run.rows, run.rejects) == (600, 5000)


def test_what_cannot_be_detected(tmp_path: Path) -> None:
    to = tmp_path / "o.parquet"
    (tmp_path / "empty.log").write_bytes(b"")
    with pytest.raises(envoylog.InputError, match="no lines to detect a format from"):
        envoylog.parse(tmp_path / "empty.log", "auto", to=to)
    (tmp_path / "junk.log").write_text("oops\n")
    with pytest.raises(envoylog.UnknownNameError, match="no format 'auto': no known format reads"):
        envoylog.parse(tmp_path / "junk.log", "auto", to=to)
    assert not to.exists()
