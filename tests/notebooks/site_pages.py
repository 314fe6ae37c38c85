"""Pages of the book and its slides, opened from their files as a reader does."""

import urllib.parse
from pathlib import Path

from playwright.sync_api import Browser, Page


def opened(browser: Browser, page: Path, width: int, theme: str) -> tuple[Page, list[str]]:
    """Open a page; return it, and what it complained of or asked of other hosts."""
    wrong: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=theme)
    tab.on("request", lambda one: wrong.append(one.url)
           if urllib.parse.urlsplit(one.url).scheme not in ("file", "data") else None)  # fmt: skip
    tab.on("console", lambda one: wrong.append(one.text) if one.type == "error" else None)
    tab.on("pageerror", lambda one: wrong.append(str(one)))
    tab.goto(page.as_uri())
    return tab, wrong
