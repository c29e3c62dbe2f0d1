"""A browser that the system has, and what it says of the pages that it opens."""

import functools
import os
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
SITE = PROJECT / "build" / "docs"
MEASURE = (Path(__file__).parent / "measure.js").read_text()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def site():
    """The documentation's address: its search asks for a file, which only a server gives."""
    handler = functools.partial(_Silent, directory=str(SITE))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # As root, and in most containers, Chromium's own sandbox can't be made.
        running = playwright.chromium.launch(
            executable_path=os.environ["SLIPWAY_BROWSER"], args=["--no-sandbox"]
        )
        yield running
        running.close()


@pytest.fixture(scope="session")
def tab(browser):
    """One for all pages: to open hundreds takes its time."""
    page = browser.new_page()
    yield page
    page.close()


class Opened:
    """A page that is open, and what went wrong meanwhile."""

    def __init__(self, tab, address):
        self.tab = tab
        self.complaints = []
        listeners = {
            "pageerror": lambda error: self.complaints.append(f"script error: {error}"),
            "console": self._console,
            "requestfailed": lambda request: self.complaints.append(f"failed: {request.url}"),
            "request": self._request,
        }
        for event, listener in listeners.items():
            tab.on(event, listener)
        tab.set_viewport_size({"width": 1280, "height": 900})
        tab.goto(address, wait_until="load")
        # The search of the documentation is loaded late, and fades in.
        tab.wait_for_function(
            "() => !document.querySelector('.md-search-result__meta')?.textContent.match(/Initial/)"
        )
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)
        self.address = address

    def _console(self, message):
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _request(self, request):
        if not request.url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:")):
            self.complaints.append(f"asks elsewhere: {request.url}")

    def at(self, width, scheme):
        """Measure it at a width, in CSS pixels, where the system is light or dark."""
        self.tab.emulate_media(color_scheme=scheme)
        self.tab.set_viewport_size({"width": width, "height": 900})
        self.tab.evaluate("() => new Promise(done => requestAnimationFrame(() => done()))")
        self.tab.evaluate("() => Promise.all(document.getAnimations().map(each => each.finished))")
        return self.tab.evaluate(MEASURE)


@pytest.fixture
def opened(tab):
    """Open a page."""
    return lambda address: Opened(tab, address)
