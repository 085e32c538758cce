"""`%load_ext envoylog` in a real kernel: magics, completion, progress, plain errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import envoylog
from envoylog.integrations.completion import complete
from envoylog.pipeline.summary import Progress
from tests import jupyter
from tests.jupyter import Kernel

QUIET = "import warnings; warnings.filterwarnings('error', module='envoylog')\n"


@pytest.fixture(scope="module")
def kernel(istio_parquet: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with jupyter.running(tmp_path_factory.mktemp("kernel")) as running:
        running.run(f"{QUIET}%load_ext envoylog\n%matplotlib inline\npath = '{istio_parquet}'")
        yield running


@pytest.fixture
def log(kernel: Kernel) -> Kernel:
    kernel.run("%access {path}")
    return kernel


def html(outputs: list[dict[str, Any]]) -> str:
    (result,) = (output for output in outputs if output["kind"] == "execute_result")
    return str(result["data"]["text/html"])


def told(outputs: list[dict[str, Any]]) -> str:
    return "".join(output["text"] for output in outputs if output["kind"] == "stream")


def value(kernel: Kernel, code: str) -> str:
    (result,) = kernel.run(code)
    return str(result["data"]["text/plain"])


def test_access_shows_the_log_and_gives_it(kernel: Kernel) -> None:
    assert "2,000 rows" in html(kernel.run("%access {path}"))
    assert kernel.run("held = %access {path} --trusted-hops 1") == []
    assert value(kernel, "held.settings.trusted_hops") == "1"
    assert "2,000 rows" in html(kernel.run("%access held"))


def test_ask_gives_what_ask_gives(log: Kernel, istio_parquet: Path) -> None:
    page = html(log.run("%ask errors-by-authority"))
    answer = envoylog.open(istio_parquet).ask("errors-by-authority")
    assert page == answer._repr_html_()
    assert log.run("kept = %ask clients --limit 2 --by errors") == []
    assert value(log, "len(kept.pl())") == "2"
    assert value(log, "kept.parameters['by']") == "'errors'"


def test_what_stands_in_the_cell_is_a_filter(log: Kernel) -> None:
    where = "response_code = 503\nand method = 'GET'"
    page = html(log.run(f"%%ask errors-by-authority --into few\n{where}"))
    assert "filters: where response_code = 503" in page
    assert value(log, "few.basis.requests") == value(
        log,
        f'held.sql("""select count(*) from access where {where}""").pl().item()',  # noqa: S608
    )


def test_plot_draws_beside_the_table(log: Kernel) -> None:
    outputs = log.run("%ask errors-explained --plot")
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert {"text/html", "image/png"} <= kinds


def test_sql_on_a_line_in_a_cell_and_with_variables(log: Kernel) -> None:
    assert ">2,000</td>" in html(log.run("%sql select count(*) from access"))
    log.run("least = 100")
    query = "select count(*) as n from access\nwhere duration > $least"
    page = html(log.run(f"%%sql --into slow\n{query}"))
    assert f">{value(log, 'slow.pl().item()')}</td>" in page
    assert value(log, "slow.parameters") == "{'least': 100}"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%ask errors-by-autority", "UnknownNameError: no question 'errors-by-autority'"),
        ("%ask clients --nope", "UsageError: %ask: No such option '--nope'"),
        ("%ask", "UsageError: %ask: Missing argument 'QUESTION'"),
        ("%ask clients --where 'x", "UsageError: %ask: No closing quotation"),
        ("%access nowhere.parquet", "InputError: no such file: nowhere.parquet"),
        ("%sql select nope from access", "QueryError: the query failed"),
        ("%sql drop table access", "QueryError: expected one select statement"),
        ("envoylog.compile_format('%NOPE')", "FormatError: "),
    ],
)
def test_errors_are_plain(log: Kernel, cell: str, message: str) -> None:
    outputs = log.run(f"import envoylog\n{cell}")
    text = told(outputs) + "".join("\n".join(one.get("traceback", [])) for one in outputs)
    assert message in text
    assert "Traceback" not in text
    assert "File " not in text


def test_without_a_log(tmp_path: Path) -> None:
    with jupyter.running(tmp_path) as kernel:
        kernel.run("%load_ext envoylog")
        assert "no log is open: write %access out.parquet first" in told(kernel.run("%ask clients"))
        kernel.run("%unload_ext envoylog")
        assert "not found" in told(kernel.run("%ask clients"))
        assert "errors-by-authority" not in kernel.complete("%ask errors-by")


def test_help_is_that_of_the_commands(log: Kernel) -> None:
    assert "--since" in told(log.run("%ask --help"))
    assert "--by" in told(log.run("%ask clients --help"))
    assert "$threshold" in told(log.run("%sql --help"))


@pytest.mark.parametrize(
    ("typed", "offered", "not_offered"),
    [
        ("%ask errors-by", {"errors-by-authority"}, set()),
        ("x = %ask clients --b", {"--by", "--bucket"}, {"--since"}),
        ("%ask clients --vantage ", {"gateway", "inbound"}, set()),
        ('%ask clients --where "response_c', {"response_code"}, {"request_id"}),
        ("%%ask clients\nresponse_code > 1 and upstream_cl", {"upstream_cluster"}, set()),
        ("%%sql\nselect client_", {"client_ip", "client_gone"}, {"select"}),
        ("%%sql\nsel", {"select"}, set()),
        ("held.ask('clien", {"clients", "clients-gone"}, {"errors-by-authority"}),
        ("held.ask('clients', where=\"durat", {"duration"}, set()),
        ('held.sql("""\nselect rou', {"route", "route_name"}, set()),
    ],
)
def test_questions_options_and_columns_are_completed(
    log: Kernel, typed: str, offered: set[str], not_offered: set[str]
) -> None:
    found = {match.rpartition(" ")[2] for match in log.complete(typed)}
    assert offered <= found
    assert not not_offered & found


def test_python_is_left_to_others(log: Kernel) -> None:
    assert complete("import envoy", None) is None
    assert complete("x = 5 % access", None) is None
    assert any("append" in match for match in log.complete("[].app"))


def test_columns_are_offered_before_a_log_is_open() -> None:
    assert complete("%%sql\nselect verd", None) == (
        "verd",
        ["verdict", "verdict_meaning", "verdict_next"],
    )


def test_a_long_run_has_a_bar_that_goes_away(log: Kernel) -> None:
    steps = "\n".join(
        f"    tell(Progress({done}, 100, {done * 10}, {done // 30})); time.sleep(.3)"
        for done in (0, 20, 50, 90)
    )
    outputs = log.run(
        "import time\nfrom envoylog.pipeline.progress import telling\n"
        f"from envoylog import Progress\nwith telling(None) as tell:\n{steps}"
    )
    kinds = [output["kind"] for output in outputs]
    assert kinds == ["display_data", "update_display_data", "update_display_data"]
    assert '<progress max="100" value="50">' in outputs[0]["data"]["text/html"]
    assert "900 lines" in outputs[1]["data"]["text/plain"]
    assert outputs[2]["data"] == {"text/html": "", "text/plain": ""}
    # A short one has none.
    assert log.run("with telling(None) as tell: tell(Progress(1, 2, 3, 0))") == []


def test_parse_and_ingest_draw_it(log: Kernel, samples: Path) -> None:
    outputs = log.run(
        "from envoylog.integrations import progress\n"
        "progress._PATIENCE = progress._STEP = 0\n"
        f"run = envoylog.parse('{samples}/istio.log', format='istio', to='out.parquet')"
    )
    assert outputs[0]["kind"] == "display_data"
    assert "<progress" in outputs[0]["data"]["text/html"]
    assert outputs[-1]["data"]["text/html"] == ""
    outputs = log.run(f"envoylog.ingest('{samples}/envoy.log', format='envoy', into='data');")
    assert "<progress" in outputs[0]["data"]["text/html"]


def test_who_brings_a_callback_has_no_bar(log: Kernel, samples: Path) -> None:
    outputs = log.run(
        f"seen = []\nlogs = '{samples}/istio.log'\n"
        "run = envoylog.parse(logs, format='istio', to='out.parquet', progress=seen.append)"
    )
    assert outputs == []
    assert value(log, "seen[-1].lines") == "2148"


def test_progress_is_public() -> None:
    assert envoylog.Progress is Progress


def test_polars_frames_have_their_namespace(log: Kernel) -> None:
    log.run("import polars as pl")
    assert value(log, "pl.read_parquet(path).envoy.verdict().height") == "2000"
