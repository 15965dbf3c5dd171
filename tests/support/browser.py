"""Debian's Chromium for tests of pages: one browser for each module, a fresh profile for each test.

`tests/server/conftest.py` offers the fixtures. A tab fails its test if the policy blocks something, a script
breaks, or a request of the page fails; a form that is refused (422) does not.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

CHROMIUM = os.environ.get("BRIDGENOTES_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
"""A browser that is installed; Playwright need not download its own."""

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
"""A small phone, for ``open_context(**PHONE)``."""

OpenContext = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of a module's tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium found; install it or set BRIDGENOTES_CHROMIUM")
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in this thread
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def open_context(browser) -> Iterator[OpenContext]:
    """Opens fresh profiles: ``open_context(**PHONE)``, ``open_context(java_script_enabled=False)``."""
    opened: list[BrowserContext] = []

    def open_one(**options: object) -> BrowserContext:
        opened.append(browser.new_context(**options))
        return opened[-1]

    yield open_one
    for profile in opened:
        profile.close()


@pytest.fixture
def context(open_context) -> BrowserContext:
    """A fresh profile of a desktop."""
    return open_context()


@pytest.fixture
def watch() -> Iterator[Callable[[Page], Page]]:
    """Watches a tab: what its console tells as an error fails the test when it ends."""
    wrong: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "422" not in message.text:
            wrong.append(f"{message.text} ({message.location})")

    def watched(tab: Page) -> Page:
        tab.on("console", note)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        return tab

    yield watched
    assert not wrong, wrong


@pytest.fixture
def page(context, watch) -> Page:
    """A watched tab of the desktop."""
    return watch(context.new_page())


def give_session(context: BrowserContext, client, account, address: str) -> None:
    """Sign an account in, in a profile that visits ``address``, without the pages of signing in."""
    client.force_login(account)
    cookie = client.cookies["session"].value
    context.add_cookies([{"name": "session", "value": cookie, "url": address}])


def violations(page: Page) -> str:
    """Return what axe-core finds wrong on a page; empty if nothing."""
    found = Axe().run(page)
    return f"{page.url}\n{found.generate_report()}" if found.violations_count else ""


def overflow(page: Page) -> list[str]:
    """Return elements that stick out of a page sideways, so that it scrolls; empty if none does."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
            [...document.querySelectorAll("body *")]
                .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                .map(e => `${e.tagName}.${e.className}`)"""
    )


def violations_in_both_schemes(page: Page) -> str:
    """Return what axe-core finds wrong on a page in light, and in dark what only colours can do wrong."""
    _show(page, "light")
    found = violations(page)
    _show(page, "dark")
    asked = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
    dark = AxeResults(page.evaluate("asked => axe.run(asked)", asked))  # it is there already
    return found + (f"{page.url}, dark\n{dark.generate_report()}" if dark.violations_count else "")


def _show(page: Page, scheme: str) -> None:
    """Switch the scheme and wait for no colour that still fades."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
