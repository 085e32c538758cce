"""`envoylog format …`, and formats of `parse` and `rejects`: real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from envoylog.format.carriers import find_formats
from envoylog.spec.formats import NAMED_FORMATS

COMMAND = [sys.executable, "-m", "envoylog"]
STRAY_QUOTES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio}
data:
  mesh: |-
    accessLogFile: /dev/stdout
    accessLogEncoding: JSON
    accessLogFormat: |-
      '{"took": "%DURATION%"}'
"""
SEVERAL = """\
meshConfig:
  accessLogFile: /dev/stdout
  accessLogFormat: "%RESPONSE_CODE% %DURATION%\\n"
  extensionProviders:
  - name: edge
    envoyFileAccessLog:
      path: /dev/stderr
      logFormat: {text: "%req(:path)%\\n"}
"""


def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], input=stdin, capture_output=True, check=False
    )


def test_check_a_format() -> None:
    done = run("format", "check", "%REQ(A)% %REQ(B)% %KUMA_MESH%")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "valid: TEXT format with 3 fields",
        "note: %KUMA_MESH% is not an operator of Envoy 1.40: read as free text",
        *(
            f"note: %{first}% and %{second}% can both hold the ' ' between them: some lines can be"
            " read in several ways, and are marked ambiguous. Put the values in quotes, or TABs"
            " between them."
            for first, second in (("REQ(A)", "REQ(B)"), ("REQ(B)", "KUMA_MESH"))
        ),
    ]


def test_check_a_format_that_envoy_refuses() -> None:
    done = run("format", "check", "%PROTOCOL% %req(:path)%")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines() == [
        "envoylog: the format has a fault:",
        "command operators are upper case",
        "  %PROTOCOL% %req(:path)%",
        "             ^^^^^^^^^^^^",
    ]


def test_check_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "mesh.yaml").write_text(SEVERAL)
    done = run("format", "check", tmp_path / "mesh.yaml")
    assert (done.returncode, done.stderr) == (2, b"")
    path = "meshConfig.extensionProviders[0].envoyFileAccessLog.logFormat.text"
    assert done.stdout.decode().splitlines() == [
        "1. meshConfig.accessLogFormat (Istio MeshConfig to /dev/stdout)",
        "   valid: TEXT format with 2 fields",
        f"2. {path} (Istio MeshConfig to /dev/stderr)",
        "   the format has a fault:",
        "   command operators are upper case",
        "     %req(:path)%",
        "     ^^^^^^^^^^^^",
    ]


def test_what_istio_does_with_stray_quotes(tmp_path: Path) -> None:
    (tmp_path / "mesh.yaml").write_text(STRAY_QUOTES)
    done = run("format", "check", tmp_path / "mesh.yaml")
    assert done.returncode == 0
    first, note, valid = done.stdout.decode().splitlines()
    assert first == "1. data.mesh.accessLogFormat (Istio MeshConfig to /dev/stdout)"
    assert note.startswith("   note: the encoding is JSON but accessLogFormat is not a JSON object")
    assert note.endswith("so Istio silently writes its default JSON instead")
    assert valid == "   valid: JSON format with 24 fields"
    out = tmp_path / "o.parquet"
    log = "sample_logs/istio-json.log"
    parsed = run("parse", "--format", tmp_path / "mesh.yaml", log, "-o", out, "--json")
    summary = json.loads(parsed.stdout)
    assert (summary["rows"], summary["rejects"]) == (2000, 0)
    assert pl.read_parquet(out)["extra"].null_count() == 2000


def test_one_of_several_is_picked(tmp_path: Path) -> None:
    (tmp_path / "mesh.yaml").write_text(SEVERAL)
    (tmp_path / "a.log").write_text("200 17\n")
    out = tmp_path / "o.parquet"
    asked = run("parse", "-f", tmp_path / "mesh.yaml", tmp_path / "a.log", "-o", out)
    assert (asked.returncode, asked.stdout) == (2, b"")
    said = asked.stderr.decode()
    # All of them are read unless one is picked, and one of them has a fault.
    assert said.startswith(
        f"envoylog: format 2 of 2 in {tmp_path / 'mesh.yaml'} (edge) has a fault:"
    )
    assert "%req(:path)%" in said
    assert "--pick" in said
    picked = run(
        "parse", "-f", tmp_path / "mesh.yaml", tmp_path / "a.log", "-o", out, "--pick", "mesh"
    )
    assert picked.returncode == 0
    assert pl.read_parquet(out)["duration"].to_list() == [17]
    shown = run("format", "explain", tmp_path / "mesh.yaml", "--pick", 2)
    assert (shown.returncode, shown.stderr.count(b"%req(:path)%")) == (2, 1)


def test_detect() -> None:
    done = run("format", "detect", "sample_logs/istio.log")
    assert (done.returncode, done.stderr) == (0, b"")
    header, _rule, first, second, *rest = done.stdout.decode().splitlines()
    assert header.split() == ["format", "reads", "whole", "why", "not", "all", "such", "as"]
    assert first.split() == ["istio-1.23", "100.00%", "-", "-"]
    assert second.split() == ["istio-1.9", "100.00%", "-", "-"]
    assert len(rest) == len(NAMED_FORMATS) - 2
    facts = json.loads(run("format", "detect", "sample_logs/istio.log", "--json").stdout)
    assert [fact["name"] for fact in facts][:2] == ["istio-1.23", "istio-1.9"]
    assert facts[0] == {"name": "istio-1.23", "rate": 1.0, "example": None, "reason": None}
    assert all(fact["reason"] for fact in facts[2:])


def test_detect_a_dictionary(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text('{"status":200,"verb":"GET","x":1}\n')
    done = run("format", "detect", tmp_path / "a.log")
    assert done.returncode == 0
    assert "the keys of the lines give this dictionary" in done.stderr.decode()
    shown = json.loads(done.stdout.decode().splitlines()[-1])
    assert shown == {"status": "%RESPONSE_CODE%", "verb": "%REQ(:METHOD)%"}


def test_detect_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("oops \x1b[2J\n")
    done = run("format", "detect", tmp_path / "a.log")
    assert done.returncode == 1
    said = done.stderr.decode()
    assert said.startswith("envoylog: no format 'auto': no known format reads half of the lines")
    assert "\x1b" not in done.stdout.decode() + said
    assert "oops \\x1b[2J" in done.stdout.decode()
    missing = run("format", "detect", tmp_path / "nowhere")
    assert (missing.returncode, missing.stdout) == (3, b"")


def test_advise() -> None:
    done = run("format", "advise", "%START_TIME% %RESPONSE_CODE% %REQ(:AUTHORITY)%\n")
    assert done.returncode == 0
    shown = done.stdout.decode()
    assert "errors-by-authority          yes" in shown
    assert "latency-by-upstream-cluster  no        upstream_cluster, duration" in shown
    assert "%DURATION%" in shown
    assert "--as istio" in done.stderr.decode()
    facts = json.loads(run("format", "advise", "%RESPONSE_CODE%", "--json").stdout)
    assert set(facts) == {"answered", "unanswered", "missing", "forms"}
    assert facts["unanswered"]["errors-by-authority"] == ["authority"]
    forms = facts["forms"]
    wanted = json.loads(forms["json"])
    assert forms["text"].startswith('%RESPONSE_CODE% "%START_TIME%" ')
    for form in ("istio", "telemetry", "envoy-gateway"):
        assert list(yaml.safe_load_all(forms[form]))
        assert [carried.source for carried in find_formats(forms[form])] == [wanted]
    again = run("format", "advise", forms["text"])
    assert again.stdout.decode().endswith("\nNothing to add.\n")


@pytest.mark.parametrize("form", ["text", "istio"])
def test_advise_in_one_form(tmp_path: Path, form: str) -> None:
    done = run("format", "advise", "%RESPONSE_CODE%", "--as", form)
    assert (done.returncode, done.stderr) == (0, b"")
    (tmp_path / "better").write_bytes(done.stdout)
    checked = run("format", "check", tmp_path / "better").stdout.decode()
    assert ("valid: TEXT" if form == "text" else "valid: JSON") in checked


def test_explain_line() -> None:
    done = run("format", "explain-line", '"%REQ(A)%" "%REQ(B)%"\n', '"x" "\x1b" "z"')
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.decode() == "no reading: at req_b: expected '\"' after it\n"
    done = run("format", "explain-line", '"%REQ(A)%" "%REQ(B)%"\n', '"x" "y" "z"')
    assert (done.returncode, done.stderr) == (0, b"")
    verdict, header, _rule, first, second = done.stdout.decode().splitlines()
    assert verdict == "2 readings: the line is ambiguous, and the first reading is the row"
    assert header.split("  ") == ["column", "reading 1", "reading 2"]
    assert first.split() == ["req_a", "x", 'x"', '"y']
    assert second.split() == ["req_b", 'y"', '"z', "z"]


def test_explain_a_line_of_standard_input() -> None:
    log = Path("sample_logs/istio.log").read_bytes().replace(b"\n", b"\r\n")
    skipped = run("format", "explain-line", "istio", stdin=log)
    assert (skipped.returncode, skipped.stderr) == (1, b"")
    assert skipped.stdout == b"no access-log line: envoy application log\n"
    line = b'{"ua":"caf\xe9","took":5,"x":1}\r\nnot looked at\n'
    format_ = '{"ua":"%REQ(USER-AGENT)%","took":"%DURATION%"}'
    read = run("format", "explain-line", format_, "--json", stdin=line)
    assert read.returncode == 1
    facts = json.loads(read.stdout)
    assert facts["readings"] == []
    assert facts["verdict"] == "no reading: not a JSON object"
    read = run("format", "explain-line", format_, "--json", stdin=line.replace(b"\xe9", b"e"))
    assert read.returncode == 0
    assert json.loads(read.stdout) == {
        "verdict": 'one reading; outside the format stands {"x":1}',
        "columns": ["user_agent", "duration"],
        "readings": [["cafe", 5]],
        "fits": None,
    }


def test_a_line_of_another_format() -> None:
    line = Path("sample_logs/envoy.log").read_text(errors="replace").partition("\n")[0]
    done = run("format", "explain-line", "istio", line, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["fits"] == "envoy"


def test_parse_detects(tmp_path: Path) -> None:
    out = tmp_path / "o.parquet"
    done = run("parse", "--format", "auto", "sample_logs/istio.log", "-o", out, "--json")
    assert done.returncode == 0
    summary = json.loads(done.stdout)
    assert (summary["rows"], summary["skipped"]) == (2000, 148)
    log = Path("sample_logs/istio.log").read_bytes()
    piped = run("parse", "-f", "auto", "-", "-o", out, "--json", stdin=log)
    assert json.loads(piped.stdout)["rows"] == 2000


def test_rejects_name_the_format_that_fits(tmp_path: Path) -> None:
    lines = Path("sample_logs/envoy.log").read_text(errors="replace").splitlines()[:3]
    (tmp_path / "a.log").write_text("\n".join([*lines, "200 5", "oops"]))
    out = tmp_path / "o.parquet"
    parsed = run("parse", "-f", "%RESPONSE_CODE% %DURATION%", tmp_path / "a.log", "-o", out)
    assert parsed.returncode == 1
    assert parsed.stderr.endswith(b"they look like --format envoy\n")
    groups = json.loads(run("rejects", out, "--json", "--examples", 2).stdout)
    assert [(group["count"], group["fits"]) for group in groups] == [(4, "envoy")]
    shown = run("rejects", out).stdout.decode().splitlines()
    assert shown[0].split() == ["count", "field", "reason", "fits", "example", "text"]
    assert "  envoy  " in shown[2]
