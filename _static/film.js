/* Plays the films of a page: slider, button, keyboard; nothing starts by itself.

   tools/pictures.py puts the numbers of a film, see Film.json in tlbook/film.py, into the
   page behind the picture of its still. Colors are those of pictures.css, so that the
   theme may change at any time. Between two frames samples move on a straight line; who
   prefers no motion gets steps. */
(() => {
  "use strict";
  const GRID = 1000, FINEST = 10, SHADES = 9;
  const FRAME = 130, SHORTEST = 4500; // milliseconds of a frame, of a film
  const STEPS = 8; // from the first frame to the last, for who prefers no motion
  const ICONS = { play: "M4 2l10 6-10 6z", pause: "M4 2h3v12H4zM9 2h3v12H9z", step: "M3 2l7 6-7 6zM11 2h2v12h-2z" };
  const word = (words) => (window.tlbookWords || {})[words] || words;
  let count = 0;

  function make(name, attributes, parent, words) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    set(made, attributes);
    if (words !== undefined) made.textContent = words;
    if (parent) parent.append(made);
    return made;
  }

  function set(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  }

  function html(name, attributes, parent, words) {
    const made = document.createElement(name);
    set(made, attributes);
    if (words !== undefined) made.textContent = words;
    if (parent) parent.append(made);
    return made;
  }

  /* What a layer has at time t, in frames: between two frames the mean of both. */
  function between(values, t) {
    const first = Math.min(Math.floor(t), values.length - 1);
    const second = Math.min(first + 1, values.length - 1);
    const part = t - Math.floor(t);
    if (first === second || part === 0) return values[first];
    return values[first].map((a, i) => a + (values[second][i] - a) * part);
  }

  const tidy = (value) => Math.round(10 * value) / 10;

  /* The ways to draw a layer: each returns the function that redraws it at time t. */
  const KINDS = {
    points(layer, g, x, y) {
      const circle = layer.look === "source";
      const marks = Array.from(layer.hollow, (one) => make(circle ? "circle" : "path",
        { class: `tlb-mark tlb-${layer.look}${one === "1" ? " tlb-hollow" : ""}` }, g));
      return (t) => {
        const at = between(layer.at, t), size = between(layer.size, t);
        marks.forEach((mark, i) => {
          const a = tidy(x(at[2 * i])), b = tidy(y(at[2 * i + 1])), r = tidy(size[i] / FINEST);
          if (circle) set(mark, { cx: a, cy: b, r });
          else set(mark, { d: `M${a} ${tidy(b - 1.15 * r)}l${tidy(1.15 * r)} ${tidy(2.07 * r)}h${tidy(-2.3 * r)}z` });
        });
      };
    },
    line(layer, g, x, y) {
      const line = make("polyline", { class: `tlb-line tlb-${layer.look}` }, g);
      return (t) => {
        const at = between(layer.at, t).map((v, i) => tidy(i % 2 ? y(v) : x(v)));
        line.setAttribute("points", at.join(" "));
      };
    },
    arrow(layer, g, x, y) {
      const line = make("path", { class: `tlb-line tlb-${layer.look}` }, g);
      return (t) => {
        const [a, b, c, d] = between(layer.at, t).map((v, i) => (i % 2 ? y(v) : x(v)));
        const long = Math.hypot(c - a, d - b) || 1, u = 8 * (c - a) / long, v = 8 * (d - b) / long;
        const wing = (s) => `M${tidy(c)} ${tidy(d)}L${tidy(c - u - s * v / 2)} ${tidy(d - v + s * u / 2)}`;
        line.setAttribute("d", `M${tidy(a)} ${tidy(b)}L${tidy(c)} ${tidy(d)}${wing(1)}${wing(-1)}`);
      };
    },
    text(layer, g, x, y) {
      const words = make("text", { class: `tlb-word tlb-${layer.look}`, "text-anchor": layer.anchor }, g);
      return (t) => {
        const at = between(layer.at, t);
        set(words, { x: tidy(x(at[0])), y: tidy(y(at[1])) });
        words.textContent = layer.words[Math.min(Math.round(t), layer.words.length - 1)];
      };
    },
    field(layer, g, x, y) {
      const columns = layer.at[0].length / layer.rows, wide = GRID / columns, high = GRID / layer.rows;
      const cells = layer.at[0].map((_, i) => make("rect", {
        x: tidy(x((i % columns) * wide)), y: tidy(y((Math.floor(i / columns) + 1) * high)),
        width: tidy(x(wide) - x(0)), height: tidy(y(0) - y(high)), "shape-rendering": "crispEdges",
      }, g));
      return (t) => {
        between(layer.at, t).forEach((shade, i) => set(cells[i], {
          class: `tlb-cell tlb-${shade > 0 ? "source" : "target"}`,
          "fill-opacity": (0.35 * Math.abs(shade) / SHADES).toFixed(3),
        }));
      };
    },
  };

  /* Draws a panel; returns the functions that redraw its layers. */
  function panel(record, parent) {
    const { width, height } = record;
    const room = {
      left: 8 + (record.ylabel ? 18 : 0) + (record.yticks.length ? 28 : 0),
      right: width - 8,
      top: 28,
      bottom: height - 8 - (record.xlabel ? 20 : 0) - (record.xticks.length ? 16 : 0),
    };
    const x = (v) => room.left + (room.right - room.left) * v / GRID;
    const y = (v) => room.bottom - (room.bottom - room.top) * v / GRID;
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "tlb-panel" }, parent);
    make("text", { x: room.left, y: 16, class: "tlb-title" }, svg, record.title);
    const clip = `tlb-clip-${++count}`, inside = {
      x: room.left, y: room.top, width: room.right - room.left, height: room.bottom - room.top,
    };
    make("rect", inside, make("clipPath", { id: clip }, svg));
    make("rect", { ...inside, class: "tlb-frame" }, svg);
    for (const [at, words] of record.xticks) {
      make("path", { d: `M${x(at)} ${room.bottom}v5`, class: "tlb-line tlb-axis" }, svg);
      make("text", { x: x(at), y: room.bottom + 17, "text-anchor": "middle", class: "tlb-word tlb-soft" }, svg, words);
    }
    for (const [at, words] of record.yticks) {
      make("path", { d: `M${room.left} ${y(at)}h-5`, class: "tlb-line tlb-axis" }, svg);
      make("text", { x: room.left - 8, y: y(at) + 4, "text-anchor": "end", class: "tlb-word tlb-soft" }, svg, words);
    }
    const across = (room.left + room.right) / 2, along = (room.top + room.bottom) / 2;
    if (record.xlabel) make("text", { x: across, y: height - 6, "text-anchor": "middle", class: "tlb-word tlb-soft" }, svg, record.xlabel);
    if (record.ylabel) make("text", { transform: `translate(14 ${along}) rotate(-90)`, "text-anchor": "middle", class: "tlb-word tlb-soft" }, svg, record.ylabel);
    const g = make("g", { "clip-path": `url(#${clip})` }, svg);
    return record.layers.map((layer) => KINDS[layer.kind](layer, g, x, y));
  }

  function icon(button, name, words) {
    button.replaceChildren();
    const svg = make("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, button);
    make("path", { d: ICONS[name] }, svg);
    button.setAttribute("aria-label", words);
    button.title = words;
  }

  function start(data) {
    const film = JSON.parse(data.textContent), still = data.previousElementSibling;
    const last = film.frames.length - 1, pace = Math.max(FRAME, SHORTEST / last);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    const player = html("div", { class: "tlb-player", role: "group", "aria-label": word("Film: {}").replace("{}", film.title) });
    const panels = html("div", { class: "tlb-panels", role: "img", "aria-label": film.alt }, player);
    const redraw = film.panels.flatMap((one) => panel(one, panels));
    const bar = html("div", { class: "tlb-bar" }, player);
    const button = html("button", { type: "button", class: "tlb-play" }, bar);
    const slider = html("input", { type: "range", min: 0, max: last, step: "any", "aria-label": word("Frame of the film: {}").replace("{}", film.title) }, bar);
    const label = html("span", { class: "tlb-label", "aria-hidden": "true" }, bar);
    let at = film.still, then = null;

    function show(t) {
      at = t;
      redraw.forEach((one) => one(t));
      const words = film.frames[Math.round(t)];
      slider.value = t;
      slider.setAttribute("aria-valuetext", words);
      label.textContent = words;
    }

    function rest() {
      then = null;
      if (calm.matches) icon(button, "step", word("Next step"));
      else icon(button, "play", word("Play"));
    }

    function move(now) {
      if (then === null) return;
      const t = at + (now - then) / pace;
      then = now;
      show(Math.min(Math.max(t, 0), last));
      if (t < last) window.requestAnimationFrame(move);
      else rest();
    }

    button.addEventListener("click", () => {
      if (then !== null) return rest();
      const again = at >= last;
      if (calm.matches) return show(again ? 0 : Math.min(last, Math.floor(at) + Math.ceil(last / STEPS)));
      if (again) show(0);
      icon(button, "pause", word("Pause"));
      then = window.performance.now();
      window.requestAnimationFrame(move);
    });
    slider.addEventListener("input", () => {
      rest();
      show(calm.matches ? Math.round(slider.value) : Number(slider.value));
    });
    slider.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
      const to = event.key === "Home" ? 0 : event.key === "End" ? last : way && Math.round(at) + way;
      if (to === undefined) return;
      event.preventDefault();
      rest();
      show(Math.min(Math.max(to, 0), last));
    });
    calm.addEventListener("change", rest);
    rest();
    show(at);
    still.before(player);
    still.classList.add("tlb-still");
  }

  const all = () => document.querySelectorAll("script.tlb-film").forEach(start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all);
  else all();
})();
