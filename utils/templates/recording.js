// Plays recorded widgets back, and tells the course's own outputs whether the page is dark.
"use strict";

function control(one, number) {
  const label = document.createElement("label");
  const name = document.createElement("span");
  name.textContent = one.label;
  let input;
  if (one.kind === "list") {
    input = document.createElement("select");
    one.names.forEach((text, i) => input.add(new Option(text, i)));
  } else {
    input = document.createElement("input");
    input.type = one.kind === "tick" ? "checkbox" : "range";
    if (one.kind === "range") Object.assign(input, { min: 0, max: one.names.length - 1, step: 1 });
  }
  const output = document.createElement("output");
  label.append(name, input, output);
  const at = () => (one.kind === "tick" ? Number(input.checked) : Number(input.value));
  const put = (i) => {
    if (one.kind === "tick") input.checked = Boolean(i);
    else input.value = i;
    if (one.kind === "range") {
      output.textContent = one.names[i];
      input.setAttribute("aria-valuetext", one.names[i]);
    }
  };
  put(one.start);
  return { label, input, at, put, one, number };
}

function play(figure) {
  const story = JSON.parse(figure.dataset.story);
  const picture = figure.querySelector("img");
  const caption = figure.querySelector("figcaption");
  const controls = story.controls.map(control);
  const show = (frame) => {
    picture.src = frame.light;
    picture.alt = frame.alt;
    picture.style.setProperty("--dark", `url("${frame.dark}")`);
    caption.textContent = frame.text;
  };
  for (const moved of controls) {
    moved.input.addEventListener("input", () => {
      for (const other of controls) if (other !== moved) other.put(other.one.start);
      const i = moved.at();
      moved.put(i);
      show(story.frames[moved.one.frames[i]]);
    });
  }
  figure.querySelector(".course-recording-controls").append(...controls.map((one) => one.label));
}

function follow() {
  const chosen = document.body.dataset.theme;
  const system = matchMedia("(prefers-color-scheme: dark)").matches;
  const dark = chosen === "dark" || (chosen !== "light" && system);
  document.body.dataset.jpThemeLight = String(!dark);
}

// What is wider than its place scrolls, by keys too.
function reachable() {
  for (const one of document.querySelectorAll("pre, .formula, .text_html, .rendered_html"))
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
}

document.addEventListener("DOMContentLoaded", () => {
  follow();
  reachable();
  addEventListener("resize", reachable);
  new MutationObserver(follow).observe(document.body, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
  document.querySelectorAll(".course-recording").forEach(play);
});
