// Starts the deck. A slide fills the window and scrolls where it is taller; nothing is scaled.
"use strict";

// What is taller than the window scrolls, by keys too: Tab goes to it.
function reach() {
  for (const slide of document.querySelectorAll(".slides section:not(.stack)"))
    if (slide.scrollHeight > slide.clientHeight + 1) slide.tabIndex = 0;
    else slide.removeAttribute("tabindex");
}

// A control keeps its own keys while it is used by them; after a click the keys turn pages again.
for (const figure of document.querySelectorAll(".course-recording")) {
  figure.addEventListener("keydown", (event) => event.key.startsWith("Arrow") && event.stopPropagation());
  figure.addEventListener("pointerup", () => setTimeout(() => document.activeElement.blur()));
}

Reveal.initialize({
  disableLayout: true, display: "flex", center: false, transition: "none", hash: true,
  slideNumber: "c/t", scrollActivationWidth: null, plugins: [RevealNotes],
}).then(reach);
Reveal.on("slidechanged", reach);
addEventListener("resize", reach);
addEventListener("load", reach);
