"""Pair, run and render the notebooks: `notebooks/*.py` is what people edit.

    python docs/render_notebooks.py

writes `notebooks/*.ipynb`, the same without outputs, and `docs/notebooks/*.md` with them, run by a
real kernel. `--pair` stops after the first.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "notebooks"
PAGES: Final = ROOT / "docs" / "notebooks"
_SECONDS: Final = 300
# Figures are drawn the same each time. It runs before the notebook and is not shown.
_SETUP: Final = """\
%matplotlib inline
%config InlineBackend.figure_formats = ["svg"]
%config InlineBackend.print_figure_kwargs = {"metadata": {"Date": None}, "bbox_inches": None}
import matplotlib
matplotlib.rcParams["svg.hashsalt"] = "envoylog"
matplotlib.rcParams["figure.constrained_layout.use"] = True
"""
_KERNEL: Final = {"display_name": "Python 3", "language": "python", "name": "python3"}
# Pages of Markdown have no styles.
_STYLES: Final = re.compile(r'<style.*?</style>| (class|style|border|dir)="[^"]*"', re.DOTALL)
# What differs from run to run.
_TIMED: Final = re.compile(r"<tr><td>seconds</td>.*?</tr>")


def names() -> list[str]:
    """List the notebooks, in their order."""
    return sorted(path.stem for path in SOURCES.glob("[0-9]*.py"))


def notebook(name: str) -> NotebookNode:
    """Read a notebook from its Python, always the same."""
    found: NotebookNode = jupytext.read(SOURCES / f"{name}.py", fmt="py:percent")
    found.metadata = {
        "kernelspec": _KERNEL,
        "language_info": {"name": "python"},
        "jupytext": {"formats": "ipynb,py:percent"},
    }
    for number, cell in enumerate(found.cells):
        cell.id, cell.metadata = f"cell-{number}", {}
    return found


def pair(name: str) -> str:
    """Write a notebook as JupyterLab keeps it, without outputs."""
    return str(nbformat.writes(notebook(name), version=4)) + "\n"


def execute(name: str, folder: Path, *more: str) -> NotebookNode:
    """Run a notebook in a folder of its own.

    Parameters
    ----------
    name : str
        Which.
    folder : Path
        Where; the sample logs are seen from there as from `notebooks/`.
    *more : str
        Cells to run after the others.

    Returns
    -------
    NotebookNode
        With outputs; the cell that prepares figures is the first one.
    """
    here = folder / "notebooks"
    here.mkdir()
    (folder / "sample_logs").symlink_to(ROOT / "sample_logs")
    found = notebook(name)
    cells = [nbformat.v4.new_code_cell(code) for code in more]
    found.cells = [nbformat.v4.new_code_cell(_SETUP), *found.cells, *cells]
    NotebookClient(
        found,
        timeout=_SECONDS,
        kernel_name="python3",
        coalesce_streams=True,  # how a kernel cuts what it prints differs from run to run
        resources={"metadata": {"path": here}},
    ).execute()
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """A notebook as Markdown, and its figures by name."""

    text: str
    figures: dict[str, str]


def render(name: str, cells: list[NotebookNode]) -> Page:
    """Write cells that were run as a page."""
    figures: dict[str, str] = {}
    parts = [
        f"<!-- from notebooks/{name}.ipynb, by docs/render_notebooks.py -->",
    ]
    for cell in cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            parts += _output(output, name, figures)
    return Page("\n\n".join(parts) + "\n", figures)


def _output(output: NotebookNode, name: str, figures: dict[str, str]) -> Iterator[str]:
    if output.output_type == "stream":
        yield f"```text\n{output.text.rstrip()}\n```"
        return
    data = output.data
    if "image/svg+xml" in data:
        file = f"{name}-{len(figures) + 1}.svg"
        figures[file] = data["image/svg+xml"]
        yield f"![]({file})"
    elif data.get("text/html"):
        # A blank line would end the HTML.
        html = _STYLES.sub("", data["text/html"])
        yield re.sub(r"\n\s*", "", _TIMED.sub("", html))
    elif data.get("text/plain"):
        yield f"```text\n{data['text/plain'].rstrip()}\n```"


def main() -> None:
    """Write the notebooks and the pages."""
    parser = argparse.ArgumentParser(description="Pair, run and render the notebooks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which of them; all by default")
    parser.add_argument("--pair", action="store_true", help="write notebooks/*.ipynb and stop")
    given = parser.parse_args()
    PAGES.mkdir(exist_ok=True)
    for name in given.names or names():
        (SOURCES / f"{name}.ipynb").write_text(pair(name), encoding="utf-8")
        if given.pair:
            continue
        with tempfile.TemporaryDirectory() as folder:
            page = render(name, execute(name, Path(folder)).cells[1:])
        for old in PAGES.glob(f"{name}*"):
            old.unlink()
        (PAGES / f"{name}.md").write_text(page.text, encoding="utf-8")
        for file, svg in page.figures.items():
            (PAGES / file).write_text(svg, encoding="utf-8")
        sys.stderr.write(f"{name}: {len(page.text):,} characters, {len(page.figures)} figures\n")


if __name__ == "__main__":
    main()
