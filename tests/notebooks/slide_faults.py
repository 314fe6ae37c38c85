"""What is wrong with a deck in this window: a sentence for each slide's fault."""

from typing import Any

from playwright.sync_api import Page

__all__ = ["slide_faults"]

MEASURE = """async () => {
  const found = [];
  for (const slide of Reveal.getSlides()) {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v);
    const images = [...slide.querySelectorAll("img")];
    for (const img of images) await img.decode().catch(() => found.push(`${h}/${v}: no picture`));
    await new Promise(requestAnimationFrame);
    const say = (what) => found.push(`${h}/${v}: ${what}: ${slide.innerText.trim().slice(0, 40)}`);
    const box = slide.getBoundingClientRect();
    if (box.width > innerWidth + 1 || box.height > innerHeight + 1) say("larger than the window");
    if (slide.scrollWidth > slide.clientWidth + 1) say("wider than its slide");
    if (slide.scrollHeight > slide.clientHeight + 1) {
      if (getComputedStyle(slide).overflowY !== "auto") say("cut below");
      if (slide.tabIndex !== 0) say("scrolls, but not by keys");
    }
    for (const img of images) {
      const { right, bottom, height } = img.getBoundingClientRect();
      if (right > box.right + 1) say("a picture sticks out");
      if (innerWidth > 1000 && bottom > box.bottom + 1) say("a picture goes on below the window");
      if (innerWidth > 1000 && height < 150) say(`a picture of ${height.toFixed(0)} pixels`);
    }
  }
  return found;
}"""


def slide_faults(page: Page) -> list[Any]:
    """Turn to every slide of an open deck; return what is wrong there, a sentence each.

    A slide that is taller than the window has to scroll, by keys too; a picture has to fit.
    """
    found: list[Any] = page.evaluate(MEASURE)
    return found
