// What is wrong with how a notebook's outputs look in this window: a sentence each.
// SMALLEST: pixels of the smallest text. TRACK: of a slider's shortest track.
async ({ SMALLEST, TRACK }) => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  const outputs = cells.flatMap((cell) =>
    [...cell.node.querySelectorAll(".jp-OutputArea-output")].map((node) => [cell.model.id, node]));
  const dark = document.body.dataset.jpThemeLight === "false";
  const found = [];
  const seen = (node) => node.getClientRects().length > 0 && node.checkVisibility({ visibilityProperty: true });
  const name = (node) => {
    const text = (node.getAttribute("aria-label") ?? node.getAttribute("alt") ?? node.textContent);
    const kind = [node.tagName.toLowerCase(), ...node.classList].slice(0, 4).join(".");
    return `${kind} “${text.trim().replace(/\s+/g, " ").slice(0, 50)}”`;
  };
  const moves = (node) => {
    const { overflowX, overflowY } = getComputedStyle(node);
    const rolls = (how) => how === "auto" || how === "scroll";
    return { across: rolls(overflowX) && node.scrollWidth > node.clientWidth + 1,
             down: rolls(overflowY) && node.scrollHeight > node.clientHeight + 1 };
  };

  // The mean lightness, 0 to 1, of an image's outermost pixels; null where they are transparent,
  // undefined where there is no picture.
  const rim = async (img) => {
    const other = getComputedStyle(img).content.match(/^url\("(.*)"\)$/)?.[1];
    const image = new Image();
    image.src = other ?? img.currentSrc;
    // A widget that draws itself anew takes back the address of its last picture.
    if (!(await image.decode().then(() => true, () => false))) return undefined;
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 });
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0, 40, 40);
    const { data } = pen.getImageData(0, 0, 40, 40);
    let sum = 0, count = 0;
    for (let k = 0; k < 1600; k++) {
      const edge = k % 40 === 0 || k % 40 === 39 || k < 40 || k >= 1560;
      if (!edge || data[4 * k + 3] < 200) continue;
      sum += (data[4 * k] + data[4 * k + 1] + data[4 * k + 2]) / 765;
      count += 1;
    }
    return count ? sum / count : null;
  };

  for (const [id, output] of outputs) {
    const say = (node, what) => found.push(`${id}: ${name(node)}: ${what}`);
    const column = output.getBoundingClientRect();
    for (const img of output.querySelectorAll("img")) {
      if (!seen(img)) continue;
      const small = Number(img.dataset.smallest);
      const shown = img.getBoundingClientRect().width;
      const scale = Math.min(1, shown / Number(img.getAttribute("width")));
      if (!small) say(img, "doesn't say how small its texts are");
      else if (small * scale < SMALLEST - 0.05)
        say(img, `its smallest text is ${(small * scale).toFixed(1)} px, in ${shown.toFixed(0)} px`);
      const light = await rim(img);
      if (light === undefined) say(img, "its picture can't be decoded");
      else if (light !== null && (dark ? light > 0.4 : light < 0.6))
        say(img, `its edge is ${dark ? "light on a dark" : "dark on a light"} page (${light.toFixed(2)})`);
    }
    const texts = document.createTreeWalker(output, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode.parentElement;
      if (!texts.currentNode.data.trim() || !seen(node) || node.closest("style, script, svg, mjx-container")) continue;
      const size = parseFloat(getComputedStyle(node).fontSize);
      if (size < SMALLEST) say(node, `its text is ${size} px`);
    }
    for (const node of output.querySelectorAll("*")) {
      if (!seen(node)) continue;
      const { across, down } = moves(node);
      const editor = node.closest(".cm-editor, textarea, select, iframe");
      if (!editor && node.closest(".course-widget") && (across || down)) say(node, "a control scrolls");
      else if (!editor && down) say(node, "scrolls up and down inside the notebook");
      else if (!editor && across) {
        for (let one = node.parentElement; one !== output.parentElement; one = one.parentElement)
          if (moves(one).across) say(node, "scrolls inside what scrolls");
      }
      const rolling = node.closest(".jp-RenderedHTMLCommon, pre, .wide");
      if (node.getBoundingClientRect().right > column.right + 1 && !(rolling && moves(rolling).across)
          && node.matches("img, canvas, table, button, select, input, label, .jupyter-widgets, iframe"))
        say(node, `sticks out of its column by ${(node.getBoundingClientRect().right - column.right).toFixed(0)} px`);
    }
    for (const node of output.querySelectorAll(".widget-label, .widget-readout, button, .widget-label-basic"))
      if (seen(node) && node.clientWidth && node.scrollWidth > node.clientWidth + 1)
        say(node, `is cut: ${node.scrollWidth} px in ${node.clientWidth} px`);
    for (const node of output.querySelectorAll(".noUi-base")) {
      const size = node.closest(".noUi-vertical") ? node.clientHeight : node.clientWidth;
      if (seen(node) && size < TRACK) say(node.closest(".jupyter-widgets"), `its track is ${size} px long`);
    }
    const pen = document.createElement("canvas").getContext("2d");
    for (const node of output.querySelectorAll("select")) {
      if (!seen(node)) continue;
      pen.font = getComputedStyle(node).font;
      const wide = pen.measureText(node.selectedOptions[0]?.textContent ?? "").width;
      if (wide > node.clientWidth - 20) say(node, `what is chosen is cut: ${wide.toFixed(0)} px in ${node.clientWidth} px`);
    }
  }
  return [...new Set(found)];
}
