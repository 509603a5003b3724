"""The page in a real browser; skipped where there is none."""

from collections.abc import Iterator
from pathlib import Path
from shutil import which

import httpx
import pytest

from serve.conftest import Proxied

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def test_the_pages_own_files_are_served(proxy: Proxied) -> None:
    page = httpx.get(f"{proxy.url}/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for name in ("style.css", "app.js", "charts.js"):
        assert f"/page/{name}" in page.text + httpx.get(f"{proxy.url}/page/app.js").text
        assert httpx.get(f"{proxy.url}/page/{name}").status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text


@pytest.fixture
def browser() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def test_ask_judge_and_look_on(proxy: Proxied, browser: object, tmp_path: Path) -> None:
    """By keyboard alone: ask, read the doubts, judge; the live view and the charts follow."""
    page = browser.new_page(viewport={"width": 380, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(proxy.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.type("What is the capital of Peru?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer:not([hidden])")
    assert page.inner_text("#text").startswith("Lima")
    assert page.locator("#text span").count() == 3
    assert page.inner_text("#action") == "answer"
    assert "perplexity" in page.inner_text("#doubts")
    page.focus("#right")
    page.keyboard.press("Enter")
    page.wait_for_selector("#judged:not(:empty)")
    page.wait_for_selector("#requests tbody tr")
    page.wait_for_selector("#risk polyline", state="attached")
    assert "1 judged, 100 % right" in page.inner_text("#counts")
    wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert wide, "the page is wider than a phone"
    assert not errors
    page.screenshot(path=tmp_path / "page.png", full_page=True)


def test_a_refusal_is_told(proxy: Proxied, browser: object) -> None:
    page = browser.new_page()
    page.goto(proxy.url)
    proxy.stub.fault = "refuses"
    page.fill("#question", "What?")
    page.click("#send")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "no such model" in page.inner_text("#trouble")


def test_a_key_is_asked_for(
    proxy: Proxied, browser: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBITO_API_KEY", "s3cret")
    page = browser.new_page()
    page.goto(proxy.url)
    page.wait_for_selector("#key-form:not([hidden])")
    page.fill("#key", "s3cret")
    page.click("#key-form button")
    page.fill("#question", "What?")
    page.click("#send")
    page.wait_for_selector("#answer:not([hidden])")
