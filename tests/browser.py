"""A real browser, for pages that people look at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET: Final = (
    "--headless",
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running() -> Iterator[Browser]:
    """Run one browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*_QUIET])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page that was opened, and what it did.

    Attributes
    ----------
    page : playwright Page
        The page.
    requests : list of str
        The addresses that it asked for, its own and those within it left out.
    errors : list of str
        What it wrote to the console, exceptions, and what its policy refused.
    dialogs : list of str
        What it popped up.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def overflow(self) -> int:
        """Tell by how many pixels the page is wider than the window."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(script))

    def barriers(self) -> list[str]:
        """List what axe-core finds that keeps people out."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@contextmanager
def visiting(browser: Browser, page: str | Path, **context: Any) -> Iterator[Visit]:
    """Open a page in a fresh profile.

    Parameters
    ----------
    browser : playwright Browser
        From `running`.
    page : str or Path
        An address, or a file.
    **context
        Of playwright's `new_context`: `viewport`, `color_scheme`, `java_script_enabled`.
    """
    address = page if isinstance(page, str) else page.absolute().as_uri()
    with browser.new_context(**context) as profile:
        visit = Visit(profile.new_page())
        visit.page.on(
            "request",
            lambda request: (
                None
                if request.url == address or request.url.startswith("data:")
                else visit.requests.append(request.url)
            ),
        )
        visit.page.on("console", lambda message: visit.errors.append(message.text))
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))

        def refuse(dialog: Any) -> None:
            visit.dialogs.append(dialog.message)
            dialog.dismiss()

        visit.page.on("dialog", refuse)
        visit.page.goto(address)
        yield visit
