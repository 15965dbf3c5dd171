"""Two kinds of hands that go through the same flows: keys alone on a desktop, a finger on a small phone.

`Keys` reaches every control by the Tab key, as somebody without a pointer does, and fails where the focus is not to
be seen, hidden beneath something, or trapped. Whoever writes a flow says what is seen after each act, with
`Hand.sees`; it also fails if the page is wider than its window.
"""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ElementHandle, Locator, Page, expect

from support.browser import give_session, overflow

MOST_STOPS = 120
"""Presses of Tab after which a control counts as out of reach."""

FOCUS = """wanted => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    if (!at || at === document.body) return {name: "", there: false, isInGroup: false, stays: false, wrong: ""};
    const name = `${at.tagName} ${at.id} ${at.name ?? ""} ${(at.innerText ?? "").trim().slice(0, 40)}`;
    const frame = at.closest("label") ?? at, box = frame.getBoundingClientRect();
    const ringed = [at, frame].some(each => {
        const style = getComputedStyle(each);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    });
    const middle = (low, high, most) => (Math.max(low, 0) + Math.min(high, most)) / 2;
    const x = middle(box.left, box.right, innerWidth), y = middle(box.top, box.bottom, innerHeight);
    const over = at.getRootNode().elementFromPoint(x, y);
    const isIn = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
        && box.right > 0 && box.left < innerWidth;
    const wrong = !isIn ? "is off the screen" : !ringed ? "has no ring" :
        over && !frame.contains(over) && !over.contains(frame) ? `is beneath ${over.tagName}.${over.className}` : "";
    const stays = window.lastStop === at;
    window.lastStop = at;
    return {name, stays, there: at === wanted, isInGroup: at.type === "radio" && at.name === wanted.name, wrong};
}"""
"""Tells what has the focus: its name, whether it is what is wanted, and what is wrong with how it shows."""


class Hand:
    """Somebody at a browser; subclasses say how controls are worked.

    Parameters
    ----------
    context : BrowserContext
        A profile of its own.
    page : Page
        A tab of it.
    address : str
        Where the site is.
    client : django.test.Client
        Signs accounts in.
    """

    def __init__(self, context: BrowserContext, page: Page, address: str, client) -> None:
        self._context, self.page, self._address, self._client = context, page, address, client

    @property
    def is_narrow(self) -> bool:
        """Whether the main places are in a bar at the bottom."""
        return self.page.viewport_size["width"] < 56 * 16

    def become(self, account) -> None:
        """Go on as an account."""
        give_session(self._context, self._client, account, self._address)

    def goto(self, path: str = "/") -> None:
        """Open a page of the site."""
        answer = self.page.goto(self._address + path)
        assert answer is not None
        assert answer.ok, path

    def sees(self, words: str, *, exact: bool = False) -> None:
        """Wait for words to be on the screen, on a page that fits."""
        expect(self.page.locator("main").get_by_text(words, exact=exact).first).to_be_visible()
        assert overflow(self.page) == [], self.page.url

    def link(self, name: str, *, within: str = "main") -> Locator:
        """Return a link by its name."""
        return self.page.locator(within).get_by_role("link", name=name).first

    def button(self, name: str) -> Locator:
        """Return a button of the page's own part by its name."""
        return self.page.locator("main").get_by_role("button", name=name, exact=True).first

    def answer(self, question: str, answer: str) -> Locator:
        """Return an answer to a question of a form."""
        return self.page.get_by_role("group", name=question).get_by_label(answer, exact=True)

    def field(self, label: str) -> Locator:
        """Return a field of the page's own part by its label."""
        return self.page.locator("main").get_by_label(label)

    def press(self, wanted: Locator) -> None:
        """Follow a link, press a button, open what folds, tick a box or choose an answer."""
        raise NotImplementedError

    def write(self, wanted: Locator, text: str, *, enter: bool = False) -> None:
        """Write into a field, and send its form if ``enter``."""
        raise NotImplementedError

    def pick(self, wanted: Locator, option: str) -> None:
        """Choose an option of a list."""
        raise NotImplementedError


class Touch(Hand):
    """A finger on a phone."""

    def press(self, wanted: Locator) -> None:
        """Tap."""
        wanted.tap()

    def write(self, wanted: Locator, text: str, *, enter: bool = False) -> None:
        """Tap, and write."""
        wanted.tap()
        wanted.fill(text)
        if enter:
            wanted.press("Enter")

    def pick(self, wanted: Locator, option: str) -> None:
        """Choose, as the phone's own list does."""
        wanted.select_option(label=option)


class Keys(Hand):
    """Keys alone."""

    def reach(self, wanted: Locator) -> ElementHandle:
        """Press Tab until a control has the focus; of answers to one question, the one that Tab leads to.

        A page just opened is entered by its link to the content, if the control is there.
        """
        wanted.wait_for()
        handle = wanted.element_handle()
        at = handle.evaluate(FOCUS)
        if not at["name"] and handle.evaluate("e => Boolean(e.closest('main')) && !location.hash"):
            self._skip()
        stops: list[str] = []
        while not (at["there"] or at["isInGroup"]):
            self._key("Tab")
            at = handle.evaluate(FOCUS)
            assert not at["wrong"], f"{self.page.url}: the focus on {at['name']} {at['wrong']}"
            assert not at["stays"], f"{self.page.url}: the focus stays at {at['name']}"
            stops.append(at["name"])
            assert len(stops) < MOST_STOPS, f"{self.page.url}: {wanted} is out of reach; stops: {stops}"
        return handle

    def _skip(self) -> None:
        self._key("Tab")
        assert self.page.locator(".skip").evaluate("e => e === document.activeElement"), self.page.url
        self._key("Enter")

    def press(self, wanted: Locator) -> None:
        """Reach, then Enter; Space for boxes, Space or arrows for answers."""
        handle = self.reach(wanted)
        kind = handle.evaluate("e => e.type ?? ''")
        if kind == "radio":
            self._choose(handle)
        elif kind == "checkbox":
            self._key("Space")
            assert handle.is_checked()
        else:
            self._key("Enter")

    def write(self, wanted: Locator, text: str, *, enter: bool = False) -> None:
        """Reach, and type over what is there."""
        self.reach(wanted)
        self._key("Control+a")
        self.page.keyboard.insert_text(text)
        if enter:
            self._key("Enter")

    def pick(self, wanted: Locator, option: str) -> None:
        """Reach, and press the arrow until the option is chosen."""
        handle = self.reach(wanted)
        chosen = "e => e.selectedOptions[0].label.trim()"
        self._key("Home")
        for _ in range(handle.evaluate("e => e.options.length")):
            if handle.evaluate(chosen) == option:
                return
            self._key("ArrowDown")
        raise AssertionError(f"{option} cannot be chosen with keys")

    def _choose(self, handle: ElementHandle) -> None:
        if handle.evaluate("e => e === document.activeElement"):
            self._key("Space")
        for _ in range(20):
            if handle.is_checked():
                return
            self._key("ArrowDown")
        raise AssertionError("an answer cannot be chosen with arrows")

    def _key(self, key: str) -> None:
        self.page.keyboard.press(key)
