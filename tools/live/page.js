/* Runs the code of a page: a button, then an editor in each cell, and its output in place.

   Nothing is loaded before the button is pressed. The scripts that it loads are held to their
   hash by the browser, the files of Python by engine.js. What Python answers is put into the page
   as text and as pictures, never as markup. */
(() => {
  "use strict";
  const place = document.querySelector(".tlb-live");
  if (!place) return;
  const { page, files } = JSON.parse(place.querySelector("script").textContent);
  const root = new URL(document.documentElement.dataset.content_root || "./", location);
  const button = place.querySelector("button"), note = place.querySelector(".tlb-live-note");
  const size = Math.round(Object.values(files).reduce((sum, one) => sum + one.bytes, 0) / 1e6);
  // a module with the exceptions of today's WebAssembly: `try_table` in an empty function
  const EXCEPTIONS = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 31, 64, 0, 11, 11]);
  const SHAPES = ["svg", "circle", "path", "polygon", "polyline", "rect", "text"];
  const LONGEST = 400000; // letters of what a cell prints; more is cut
  for (const one of Object.values(files)) one.address = new URL(one.address, root).href;
  const chinese = document.documentElement.lang.startsWith("zh");
  let engine, cells = [], running = false, stopped = false, status;

  /* Words of the page in its language, {name} by name filled in; see tools/language.py. */
  function word(words, values = {}) {
    const said = (window.tlbookWords || {})[words] || words;
    return said.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
  }

  function make(name, attributes, parent, words) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (words !== undefined) made.textContent = words;
    parent?.append(made);
    return made;
  }

  /* Why this browser cannot, in a sentence; nothing if it can. */
  function lacking() {
    if (location.protocol === "file:") return word("This page can run when the book is opened from a server: python -m http.server in its folder.");
    if (!isSecureContext) return word("This page can run when the book is opened by https, or from this computer.");
    if (typeof WebAssembly !== "object" || !WebAssembly.validate(EXCEPTIONS) || typeof DecompressionStream !== "function")
      return word("This page cannot run here: this browser lacks WebAssembly exceptions. Chrome and Edge from 137, Firefox from 131 and Safari from 18.4 have them.");
    return "";
  }

  // --- Outputs ---------------------------------------------------------------------------------

  function block(words, kind) {
    const outer = make("div", { class: `output ${kind} notranslate` });
    const inner = make("div", { class: "highlight" }, outer);
    const pre = make("pre", { tabindex: "0" }, inner);
    if (kind === "tlb-listing") pre.append(tlbEditor.colored(words));
    else pre.textContent = words;
    return outer;
  }

  /* The panels of a drawing, which follow the theme; nothing where more is in it than shapes. */
  function drawing(svg, words) {
    const panels = [...new DOMParser().parseFromString(svg, "image/svg+xml").querySelectorAll(".tlb-panel")];
    const parts = panels.flatMap((panel) => [panel, ...panel.querySelectorAll("*")]);
    const known = parts.every((one) => SHAPES.includes(one.localName) && one.getAttributeNames().every((name) => !/^on|href/i.test(name)));
    if (!panels.length || !known) return null;
    const made = make("div", { class: "tlb-drawing", role: "img", "aria-label": words });
    made.append(...panels);
    return made;
  }

  /* A picture, with the caption of the one that it replaces. */
  function picture(source, words, cell, drawn) {
    const before = cell.figures[cell.shown++];
    const image = drawn || make("img", { alt: words || before?.querySelector("img")?.alt || word("What the cell draws"), src: source });
    if (!before?.querySelector("figcaption")) return image;
    const figure = make("figure", { class: before.className, id: before.id });
    figure.append(image, before.querySelector("figcaption").cloneNode(true));
    return figure;
  }

  /* The Markdown that chapters show: listings, folded parts, tables and paragraphs. */
  function markdown(text) {
    const made = make("div", { class: "output text_markdown" });
    const open = [made];
    const lines = text.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i], fence = line.match(/^```(\w*)$/);
      const details = line.match(/^<details><summary>(.*)<\/summary>$/);
      if (fence) {
        const end = lines.indexOf("```", i + 1), until = end < 0 ? lines.length : end;
        open.at(-1).append(block(lines.slice(i + 1, until).join("\n"), fence[1] === "python" ? "tlb-listing" : "text_plain"));
        i = until;
      } else if (details) {
        const folded = make("details", {}, open.at(-1));
        make("summary", {}, folded, details[1]);
        open.push(folded);
      } else if (line === "</details>" && open.length > 1) open.pop();
      else if (line.startsWith("|")) {
        const table = make("table", { class: "table" }, open.at(-1));
        for (; lines[i]?.startsWith("|"); i++) {
          if (/^[|:\s-]+$/.test(lines[i])) continue;
          const row = make("tr", {}, table);
          for (const words of lines[i].split("|").slice(1, -1))
            make(table.rows.length === 1 ? "th" : "td", {}, row, words.replace(/\*\*|`/g, "").trim());
        }
        i--;
      } else if (line.trim()) make("p", {}, open.at(-1), line);
    }
    return made;
  }

  /* Add one output of Python's to a cell. */
  function show(cell, output) {
    const { output_type: kind, data = {}, metadata = {} } = output;
    const alt = Object.values(metadata).map((one) => one?.alt).find(Boolean);
    cell.outputs.push(output);
    if (kind === "stream") {
      const last = cell.output.lastElementChild;
      const same = last?.classList.contains("stream") && last.dataset.name === output.name;
      const made = same ? last : block("", `stream ${output.name}`);
      if (!same) { made.dataset.name = output.name; cell.output.append(made); }
      const pre = made.querySelector("pre");
      if (pre.textContent.length < LONGEST) pre.append(output.text.replace(/[^\n]*\r(?!\n)/g, ""));
      else if (!made.dataset.cut) { made.dataset.cut = "1"; pre.append(word("\u2026 (cut)")); }
    } else if (kind === "error") cell.output.append(block(output.traceback.join("\n"), "error"));
    else if (data["image/png"]) cell.output.append(picture(`data:image/png;base64,${data["image/png"]}`, alt, cell));
    else if (data["image/svg+xml"]) {
      const address = URL.createObjectURL(new Blob([data["image/svg+xml"]], { type: "image/svg+xml" }));
      cell.output.append(picture(address, alt, cell, drawing(data["image/svg+xml"], alt)));
    } else if (data["text/markdown"]) cell.output.append(markdown(data["text/markdown"]));
    else if (data["text/plain"]) cell.output.append(block(data["text/plain"], "text_plain"));
  }

  // --- Cells -----------------------------------------------------------------------------------

  function say(words) { status.textContent = words; }

  function refresh() {
    place.dataset.running = running;
    for (const one of document.querySelectorAll(".tlb-live-needs-rest")) one.disabled = running;
    for (const one of document.querySelectorAll(".tlb-live-stop")) one.hidden = !running;
  }

  /* Run cells in their order, until one fails or the reader stops them. */
  async function run(chosen) {
    if (running || !chosen.length) return;
    running = true; stopped = false;
    const began = performance.now();
    const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
    let words = "";
    for (const cell of chosen) {
      refresh();
      say(word("Cell {n} of {all} runs", { n: cell.number, all: cells.length }));
      if (!await runOne(cell)) { words = stopped ? "" : word("Cell {n} failed after {time}", { n: cell.number, time: seconds() }); break; }
      words = chosen.length > 1
        ? word("{n} cells ran in {time}", { n: chosen.length, time: seconds() })
        : word("Cell {n} ran in {time}", { n: cell.number, time: seconds() });
    }
    running = false;
    refresh();
    if (words) say(words);
  }

  async function runOne(cell) {
    cell.output.style.minHeight = `${cell.output.offsetHeight}px`;
    cell.output.replaceChildren();
    cell.outputs = []; cell.shown = 0;
    cell.element.dataset.state = "runs";
    let went = false;
    try {
      const { done, memory } = await engine.run(cell.editor.text, (output) => show(cell, output));
      went = done;
      place.dataset.memory = memory;
    } catch (error) {
      if (!stopped) {
        show(cell, { output_type: "error", traceback: [word("The engine ended: {told}", { told: error.message }), word("It starts anew; run the cells above once more.")] });
        await begin();
      }
    }
    cell.output.style.minHeight = "";
    cell.element.dataset.state = went ? "ran" : stopped ? "stopped" : "failed";
    return went;
  }

  /* End Python in the midst of a cell, and start it anew without what it knew. */
  async function stop() {
    stopped = true;
    engine.stop();
    await begin();
    for (const cell of cells) if (cell.element.dataset.state === "ran") cell.element.dataset.state = "stored";
    say(word("Stopped. Python has started anew and knows nothing of the cells that ran: run them once more."));
  }

  function reset(cell) {
    cell.editor.text = cell.source;
    cell.output.replaceChildren(...cell.stored);
    cell.element.dataset.state = "stored";
    cell.editor.focus();
  }

  /* Make an editor of a cell. */
  function opened(element, i) {
    const input = element.querySelector(".cell_input"), shown = input.firstElementChild;
    const source = shown.querySelector("pre").textContent.replace(/\n$/, "");
    let output = element.querySelector(":scope > .cell_output, :scope > details > .cell_output");
    if (!output) output = make("div", { class: "cell_output docutils container" }, element);
    const cell = {
      element, source, output, number: i + 1, outputs: [], shown: 0,
      stored: [...output.childNodes],
      figures: [...output.querySelectorAll("figure, img, .tlb-drawing")].filter((one) => !one.parentElement.closest("figure")),
    };
    shown.hidden = true;
    const keys = [
      { key: "Shift-Enter", run: () => { run([cell]).then(() => cells[i + 1]?.editor.focus()); return true; } },
      { key: "Ctrl-Enter", mac: "Cmd-Enter", run: () => { run([cell]); return true; } },
    ];
    const around = make("div", { class: "tlb-live-editor" }, input);
    cell.editor = tlbEditor.editor(around, source, word("Code of cell {n}; Escape, then Tab leaves it", { n: cell.number }), keys,
      () => { element.dataset.edited = cell.editor.text !== source; });
    const bar = make("div", { class: "tlb-live-bar", role: "group", "aria-label": word("Cell {n}", { n: cell.number }) }, input);
    const add = (words, label, act, kind) => make("button", { type: "button", class: kind, "aria-label": label, title: label }, bar, words).addEventListener("click", act);
    add(word("Run"), word("Run cell {n} (Shift+Enter)", { n: cell.number }), () => run([cell]), "tlb-live-needs-rest");
    add(word("Run all above"), word("Run the cells above cell {n}", { n: cell.number }), () => run(cells.slice(0, i)), "tlb-live-needs-rest");
    add(word("Reset"), word("Take back the code and the output of cell {n} as they were", { n: cell.number }), () => reset(cell), "tlb-live-needs-rest");
    add(word("Stop"), word("Stop and start Python anew"), stop, "tlb-live-stop");
    element.dataset.state = "stored";
    return cell;
  }

  // --- The start -------------------------------------------------------------------------------

  /* Load a script of this site; the browser holds it to its hash. */
  function script(file) {
    const bytes = Uint8Array.from(file.sha256.match(/../g), (one) => parseInt(one, 16));
    const integrity = `sha256-${btoa(String.fromCharCode(...bytes))}`;
    return new Promise((resolve, reject) => {
      const made = make("script", { src: file.address, integrity, crossorigin: "anonymous" });
      made.onload = resolve;
      made.onerror = () => reject(new Error(word("{file} cannot be loaded, or is another file", { file: file.address })));
      document.head.append(made);
    });
  }

  /* Start Python, showing how far it is. */
  async function begin() {
    const bar = make("progress", { max: "1", "aria-label": word("Loading Python") }, place);
    try {
      await engine.start((loaded, all) => {
        if (!bar.isConnected) return; // it has failed, and other files still come
        bar.value = loaded / all;
        say(loaded < all
          ? word("Loading Python with NumPy, SciPy and scikit-learn: {n} of {all} MB", { n: Math.round(loaded / 1e6), all: Math.round(all / 1e6) })
          : word("Starting Python"));
        if (loaded >= all) bar.removeAttribute("value");
      });
      // the checkers speak the language of the page
      if (chinese) await engine.run('import os; os.environ["TLBOOK_LANGUAGE"] = "zh"', () => {});
    } finally { bar.remove(); }
  }

  /* Keep this page for a time without a network. */
  async function keep() {
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register(new URL("offline.js", root));
    const kept = await caches.open("tlb-pages"), live = /-[0-9a-f]{16}\.(js|gz|tar\.gz|wasm\.gz|zip)$/;
    const loaded = performance.getEntriesByType("resource").map((one) => one.name)
      .filter((one) => one.startsWith(root.origin) && (!live.test(one) || /\/(engine|editor)-/.test(one)));
    const here = location.href.split("#")[0];
    await Promise.all([...new Set([here, ...loaded])].map((one) => kept.add(one).catch(() => {})));
    place.dataset.kept = "true";
  }

  async function press() {
    button.hidden = true;
    note.hidden = true;
    status.hidden = false;
    const began = performance.now();
    try {
      await Promise.all([script(files.engine), script(files.editor)]);
      const { engine: _, editor: __, ...loaded } = files;
      engine = new tlbEngine(loaded);
      await begin();
    } catch (error) {
      button.hidden = false;
      say(word("Python could not be started: {told}", { told: error.message }));
      return;
    }
    cells = [...document.querySelectorAll("article div.cell")].filter((one) => one.querySelector(".cell_input pre")).map(opened);
    const bar = make("span", { class: "tlb-live-bar", role: "group", "aria-label": word("All cells") });
    const all = make("button", { type: "button", class: "tlb-live-needs-rest tlb-live-all" }, bar, word("Run all cells"));
    all.addEventListener("click", () => run(cells));
    const end = make("button", { type: "button", class: "tlb-live-stop", "aria-label": word("Stop and start Python anew") }, bar, word("Stop"));
    end.addEventListener("click", stop);
    place.insertBefore(bar, status);
    place.dataset.seconds = ((performance.now() - began) / 1000).toFixed(1);
    place.dataset.state = "ready";
    refresh();
    say(word("Python is ready after {n} s. Shift+Enter runs a cell; the first one must come first.", { n: place.dataset.seconds }));
    all.focus();
    keep();
  }

  status = make("span", { class: "tlb-live-status", role: "status", "aria-live": "polite", hidden: "" }, place);
  place.hidden = false;
  const why = lacking();
  if (why) { button.hidden = true; note.textContent = why; return; }
  if (matchMedia("(max-width: 700px)").matches || navigator.connection?.saveData)
    note.textContent = word("Loads {n} MB once and takes some 300 MB of memory: for a phone that is much, and better over Wi-Fi. Nothing leaves your device.", { n: size });
  button.addEventListener("click", press);
  globalThis.tlbLive = { page, get cells() { return cells; } };
})();
