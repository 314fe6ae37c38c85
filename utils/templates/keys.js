// Keys pressed on a control are the control's. A notebook would take arrows and letters for
// itself: the next cell, a new one, this one deleted. Joined in front of widgets' scripts.
const CONTROLS = "a, button, canvas, input, select, summary, [tabindex], [contenteditable]";

// Notebook 7 looks at keys before the page does, and passes by what is marked like this.
function markControls(root) {
  for (const one of root.querySelectorAll(CONTROLS)) one.dataset.lmSuppressShortcuts = "true";
}

function keepKeys(event) {
  const command = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
  if (!command && !(event.key === "Enter" && event.shiftKey)) event.stopPropagation();
}

// Escape goes from a control to its cell, where arrows are the notebook's again.
function leave(event) {
  if (event.key === "Escape") event.currentTarget.closest(".jp-Cell")?.focus();
}

function keepKeysIn(root) {
  root.addEventListener("keydown", keepKeys);
  root.addEventListener("keydown", leave, true); // ipywidgets' fields let no key out
}
