"""Write pictures of the key pages of a demo site, in light, in dark, and on a phone, to be looked at.

``python -m tools.screenshots`` serves the demo of ``BRIDGENOTES_DATA_DIR`` (``demo/site`` as `make run`; built
first if there is none) and writes PNGs to ``demo/screenshots``. ``--address`` takes a site that runs already;
names of pages take only those. Needs a Chromium (``BRIDGENOTES_CHROMIUM`` names one that is not in the path).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

PORT: Final = 8124
LOGIN, PASSWORD = "{role}@demo.example.org", "look-around"
"""As the demo prints them (`bridgenotes.demo.accounts`, which needs a site to be imported)."""
BUILD_SECONDS: Final = 900
TALLEST: Final = 2600
"""Pixels of a page that a picture shows at most."""

VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "light": {"viewport": {"width": 1200, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1200, "height": 860}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 360, "height": 740}, "color_scheme": "light", "device_scale_factor": 2,
        "is_mobile": True, "has_touch": True,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """A page to be pictured.

    Attributes
    ----------
    name : str
        The beginning of its files' names.
    address : str
        Where to go first.
    role : str
        The demo login that looks; empty for a visitor.
    links : tuple of str
        Selectors of links to follow from there, one after the other.
    """

    name: str
    address: str
    role: str = ""
    links: tuple[str, ...] = ()


TO_POST: Final = ".entry:has(.card) > .actions a[href^='/posts/']"
TO_NOTE: Final = ".note footer a[href^='/notes/']"
SHOTS: Final = (
    Shot("01-front", "/"),
    Shot("02-helpful", "/helpful"),
    Shot("03-post", "/helpful", links=(TO_POST,)),
    Shot("04-note", "/helpful", links=(TO_POST, TO_NOTE)),
    Shot("05-profile", "/helpful", links=(TO_POST, ".note a.person")),
    Shot("06-community", "/community"),
    Shot("07-search", "/search?q=tram"),
    Shot("08-about", "/about"),
    Shot("09-sign-in", "/accounts/login/"),
    Shot("10-join", "/join", "newcomer"),
    Shot("11-needs-your-help", "/help", "contributor"),
    Shot("12-write", "/new", "writer", (".entry > .actions a[href^='/posts/']", "main a[href$='/write']")),
    Shot("13-alerts", "/notifications", "writer"),
    Shot("14-settings", "/settings", "contributor"),
    Shot("15-reports", "/staff/reports", "moderator"),
    Shot("16-runs", "/staff/runs", "operator"),
    Shot("17-guardrails", "/staff/guard", "operator"),
    Shot("18-lost", "/nowhere"),
    Shot("19-styleguide", "/styleguide"),
)


@contextlib.contextmanager
def served(data_dir: Path) -> Iterator[str]:
    """Serve the demo while pictures are taken, and give its address.

    Raises
    ------
    SystemExit
        If the site does not come up.
    """
    command = [sys.executable, "-m", "bridgenotes.cli.main", "demo", "--serve", "--bind", f"127.0.0.1:{PORT}"]
    environment = os.environ | {"BRIDGENOTES_DATA_DIR": str(data_dir)}
    process = subprocess.Popen(command, env=environment)
    try:
        deadline = time.monotonic() + BUILD_SECONDS
        while not _answers():
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("The demo did not start; what it says is above.")
            time.sleep(0.5)
        yield f"http://127.0.0.1:{PORT}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _answers() -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT), timeout=1):
        return True
    return False


def signed_in(browser: Browser, address: str, role: str) -> Any:  # noqa: ANN401 (Playwright's storage state)
    """Return the cookies of a demo login, None for a visitor."""
    if not role:
        return None
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("main [name=login]", LOGIN.format(role=role))
    page.fill("main [name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    state = context.storage_state()
    context.close()
    return state


def picture(page: Page, address: str, shot: Shot, file: Path) -> None:
    """Go to a page and write all of it, its bar at the end as on a tall screen.

    Raises
    ------
    SystemExit
        If the site fails to answer.
    """
    answer = page.goto(address + shot.address)
    for selector in shot.links:
        answer = page.goto(address + str(page.locator(selector).first.get_attribute("href")))
    if answer is None or answer.status >= 500:
        sys.exit(f"{page.url} failed; the demo's log says why")
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.set_viewport_size({"width": width, "height": min(height, TALLEST)})
    page.screenshot(path=file)
    print(file)


def take(address: str, folder: Path, names: list[str]) -> None:
    """Write the pictures, in every variant."""
    chromium = (
        os.environ.get("BRIDGENOTES_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in SHOTS if not names or any(name in shot.name for name in names)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        states = {role: signed_in(browser, address, role) for role in {shot.role for shot in wanted}}
        for variant, options in VARIANTS.items():
            for shot in wanted:
                context = browser.new_context(storage_state=states[shot.role], **options)
                picture(context.new_page(), address, shot, folder / f"{shot.name}-{variant}.png")
                context.close()
        browser.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names of pages; all if none is given")
    parser.add_argument("--address", help="a demo site that runs already")
    parser.add_argument("--out", type=Path, default=Path("demo/screenshots"))
    given = parser.parse_args()
    if given.address:
        take(given.address, given.out, given.names)
        return
    with served(Path(os.environ.get("BRIDGENOTES_DATA_DIR", "demo/site"))) as address:
        take(address, given.out, given.names)


if __name__ == "__main__":
    main()
