"""A notebook in a real JupyterLab, in a real browser: tables and figures show, in both themes."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import expect

from docs import render_notebooks as notebooks
from tests.browser import Visit, visiting
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_SECONDS = 120
HOSTILE = "<img src=x onerror=alert(1)> costs $5 or 6$ <b>"
# A cell with what a client may write, after those of the notebook.
CELL = f"""%%sql
select '{HOSTILE}' as hostile"""
CONTRAST = r"""
cell => {
    const light = text => {
        const parts = text.match(/[\d.]+/g).slice(0, 3).map(one => {
            const part = one / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    let behind = cell;
    while (/rgba\(.*, 0\)|transparent/.test(getComputedStyle(behind).backgroundColor)) {
        behind = behind.parentElement;
    }
    const pair = [getComputedStyle(cell).color, getComputedStyle(behind).backgroundColor];
    const [low, high] = pair.map(light).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run JupyterLab on a copy of a notebook; give the address of the notebook."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "notebooks").mkdir()
    (folder / "sample_logs").symlink_to(ROOT / "sample_logs")
    copy = notebooks.notebook("1-first-look")
    copy.metadata.pop("jupytext")  # there is no Python beside it
    copy.cells.append(nbformat.v4.new_code_cell(CELL))
    nbformat.write(copy, folder / "notebooks" / "first.ipynb")
    token = secrets.token_hex()
    port = _free_port()
    home = tmp_path_factory.mktemp("home")
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
              "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")  # fmt: skip
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            "--expose-app-in-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        env={**os.environ, **{name: str(home / name.lower()) for name in places}},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}/api?token={token}", server)
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/first.ipynb?token={token}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address, timeout=5):  # noqa: S310 - our own server
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail("JupyterLab did not start")


@pytest.fixture(scope="module")
def opened(browser: Browser, lab: str) -> Iterator[Visit]:
    """Open the notebook and run all of it; the window is so high that all of it is seen."""
    with visiting(browser, lab, viewport={"width": 1300, "height": 6000}) as visit:
        page = visit.page
        page.set_default_timeout(_SECONDS * 1000)
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function(
            "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
        )
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector("text=onerror=alert(1)")
        page.wait_for_selector(".jp-OutputArea-output img")
        yield visit


def test_tables_and_figures_show(opened: Visit) -> None:
    page = opened.page
    assert page.locator(".jp-OutputArea-output[data-mime-type*=error]").count() == 0
    assert page.locator(".jp-OutputArea-output[data-mime-type*=stderr]").count() == 0
    outputs = page.locator(".jp-OutputArea-output")
    expect(outputs.get_by_text("2,000 rows, 2026-11-24 02:37:01")).to_have_count(1)
    row = outputs.locator("tr", has_text="api.example.com").first
    expect(row).to_be_visible()
    expect(row).to_contain_text("29.24%")
    size = page.locator(".jp-OutputArea-output img").first.evaluate(
        "image => [image.naturalWidth, image.naturalHeight]"
    )
    assert min(size) > 200


def test_what_opens_on_a_click_opens(opened: Visit) -> None:
    page = opened.page
    cell = page.locator("td", has_text="x_forwarded_for").first
    expect(cell).to_be_hidden()
    page.locator("summary", has_text="Columns").first.click()
    expect(cell).to_be_visible()


def test_what_clients_write_is_text(opened: Visit) -> None:
    cell = opened.page.locator("td", has_text="onerror=alert(1)").first
    # JupyterLab puts cells in and out of the page while it lays them out: a look may come early.
    expect(cell).to_be_visible()
    expect(cell).to_have_text(HOSTILE, use_inner_text=True)
    assert cell.locator("img, b, mjx-container").count() == 0
    assert opened.dialogs == []


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_tables_can_be_read_in_both_themes(opened: Visit, theme: str) -> None:
    page = opened.page
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
    )
    light = str(theme.endswith("Light")).lower()
    page.wait_for_selector(f"body[data-jp-theme-light={light}]", state="attached")
    cells = page.locator(".jp-OutputArea-output td:visible, .jp-OutputArea-output th:visible")
    for number in range(0, cells.count(), 7):
        assert cells.nth(number).evaluate(CONTRAST) >= 4.5
    if folder := os.environ.get("ENVOYLOG_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/jupyterlab-{theme.split()[1].lower()}.png")
