// A question of a quiz: the page comes from Python, and so does the verdict on an answer.

function render({ model, el }) {
  el.classList.add("course-question");
  el.innerHTML = model.get("page");
  const form = el.querySelector("form"); // radio buttons of one name and one form are one group
  const verdict = form.querySelector("[role=status]");
  const mark = () => {
    for (const radio of form.answer) radio.checked = Number(radio.value) === model.get("index");
  };
  const say = () => (verdict.innerHTML = model.get("verdict"));
  form.addEventListener("change", () => {
    model.set("index", Number(form.answer.value));
    model.save_changes();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
  });
  model.on("change:index", mark);
  model.on("change:verdict", say);
  markControls(form);
  keepKeysIn(form);
  mark();
  say();
}

export default { render };
