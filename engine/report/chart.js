/* Zooming and finding. The page is complete without: what is drawn, the server's side of it has drawn. */
(() => {
  "use strict";
  const chart = document.getElementById("chart");
  const span = Number(chart.dataset.span), start = Number(chart.dataset.start), offset = Number(chart.dataset.offset);
  const ticks = chart.querySelector(".ticks"), told = document.getElementById("told");
  const lanes = [...chart.querySelectorAll(".lane")], rows = [...document.querySelectorAll(".events tr[id]")];
  const steps = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
    10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000];
  let zoom = 1, current = -1;

  /* --- times, in the zone of the machine that wrote the page --- */
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const wall = (at, every) => {
    const iso = new Date(start + offset * 1000 + at * 1000).toISOString();
    return every >= 86400 ? iso.slice(5, 10)
      : (chart.dataset.dates === "1" ? iso.slice(5, 10) + " " : "") + iso.slice(11, every < 1 ? 23 : 19);
  };
  const since = (at, every) => {
    const t = at + 1e-9, s = every < 1 ? (t % 60).toFixed(every < .01 ? 3 : every < .1 ? 2 : 1).padStart(every < .01 ? 6 : every < .1 ? 5 : 4, "0") : two(t % 60);
    if (span < 60) return "+" + t.toFixed(every < .01 ? 3 : every < .1 ? 2 : every < 1 ? 1 : 0) + "s";
    if (span < 3600) return "+" + two(t / 60) + ":" + s;
    if (span < 86400) return "+" + Math.floor(t / 3600) + ":" + two(t / 60 % 60) + ":" + s;
    return "+" + Math.floor(t / 86400) + "d " + two(t / 3600 % 24) + ":" + two(t / 60 % 60);
  };

  /* --- the scale: only what can be seen is drawn --- */
  const left = () => ticks.getBoundingClientRect().left - chart.getBoundingClientRect().left + chart.scrollLeft;
  const width = () => ticks.clientWidth;
  const view = () => chart.clientWidth - label();
  const label = () => chart.querySelector(".axis .label").offsetWidth;
  const draw = () => {
    const per = span / width(), every = steps.find((s) => s / per >= 95) || steps[steps.length - 1];
    const from = Math.max(0, Math.floor((chart.scrollLeft - 200) * per / every));
    const to = Math.min(span - 60 * per, (chart.scrollLeft + view() + 200) * per);
    const fresh = document.createDocumentFragment();
    for (let i = from; i * every <= to; i++) {
      const tick = document.createElement("span"), bold = document.createElement("b");
      bold.textContent = since(i * every, every);
      tick.append(bold, wall(i * every, every));
      tick.style.left = i * every / span * 100 + "%";
      fresh.append(tick);
    }
    ticks.replaceChildren(fresh);
  };
  let waits = false;
  const redraw = () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => { waits = false; draw(); });
  };

  /* A browser's widths end somewhere, and nothing here is shorter than a millisecond. */
  const most = () => Math.max(1, Math.min(4e6 / view(), span * 1000));
  const tell = () => { told.textContent = zoom === 1 ? "" : "zoom " + (zoom < 10 ? zoom.toFixed(1) : Math.round(zoom)) + "×"; };
  /* `at` seconds stay where they are, `x` pixels from the left of the view. */
  const set = (value, at, x) => {
    zoom = Math.min(most(), Math.max(1, value));
    chart.style.setProperty("--zoom", zoom);
    chart.dataset.zoom = zoom;
    chart.scrollLeft = at / span * width() - x;
    tell();
    draw();
  };
  const by = (factor, x = view() / 2) => set(zoom * factor, (chart.scrollLeft + x) / width() * span, x);
  const fit = (lane) => {
    const from = Number(lane.dataset.from) / 100 * span, to = Number(lane.dataset.to) / 100 * span;
    const wide = Math.max((to - from) * 1.3, span / most());
    set(span / wide, (from + to) / 2, view() / 2);
  };

  /* --- lanes by keyboard --- */
  const choose = (by_, from) => {
    for (let i = from + by_; i >= 0 && i < lanes.length; i += by_) {
      const place = lanes[i].querySelector(".label");
      if (lanes[i].hidden || !lanes[i].closest("details").open) continue;
      if (current >= 0) lanes[current].querySelector(".label").tabIndex = -1;
      current = i;
      place.tabIndex = 0;
      place.focus({preventScroll: true});
      lanes[i].scrollIntoView({block: "nearest", inline: "nearest"});
      return;
    }
  };
  lanes.forEach((lane, i) => {
    const place = lane.querySelector(".label");
    place.tabIndex = -1;
    place.addEventListener("focus", () => { current = i; });
  });
  const keys = {
    "+": () => by(1.5), "=": () => by(1.5), "-": () => by(1 / 1.5), "_": () => by(1 / 1.5), "0": () => set(1, 0, 0),
    "ArrowLeft": () => chart.scrollBy({left: -view() / 5}), "ArrowRight": () => chart.scrollBy({left: view() / 5}),
    "Home": () => chart.scrollTo({left: 0}), "End": () => chart.scrollTo({left: chart.scrollWidth}),
    "ArrowUp": () => choose(-1, current < 0 ? lanes.length : current), "ArrowDown": () => choose(1, current),
    "f": () => current >= 0 && lanes[current].dataset.from && fit(lanes[current]),
  };
  chart.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  /* --- mouse and fingers --- */
  const cursor = document.createElement("div");
  cursor.className = "cursor";
  cursor.hidden = true;
  chart.querySelector(".canvas").append(cursor);
  const inside = (event) => event.clientX - chart.getBoundingClientRect().left - label();
  chart.addEventListener("pointermove", (event) => {
    const x = inside(event), at = (x + chart.scrollLeft - (left() - label())) / width() * span;
    cursor.hidden = x < 0 || at < 0 || at > span;
    if (cursor.hidden) { tell(); return; }
    cursor.style.left = x + label() + chart.scrollLeft + "px";
    const fine = Math.max(.001, span / width());
    told.textContent = since(at, fine) + "  " + wall(at, fine);
  });
  chart.addEventListener("pointerleave", () => { cursor.hidden = true; tell(); });
  chart.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    by(Math.exp(-event.deltaY / 300), Math.max(0, inside(event)));
  }, {passive: false});
  chart.addEventListener("dblclick", (event) => {
    const lane = event.target.closest(".lane");
    if (lane && lane.dataset.from && event.target.closest(".plot")) fit(lane);
  });
  chart.addEventListener("scroll", redraw, {passive: true});
  new ResizeObserver(redraw).observe(chart);

  /* --- finding --- */
  const find = document.getElementById("find"), eventful = document.getElementById("eventful");
  const said = new Map();
  const text = (element) => {
    if (!said.has(element)) said.set(element, (element.textContent + " " + (element.firstChild.title || "")).toLowerCase());
    return said.get(element);
  };
  const happened = (lane) => !lane.matches(".succeeded, .skipped, .pending") || lane.querySelector(".mark, .bar.wait") !== null;
  const filter = () => {
    const wanted = find.value.trim().toLowerCase();
    for (const lane of lanes)
      lane.hidden = (wanted !== "" && !text(lane).includes(wanted)) || (eventful.checked && !happened(lane));
    for (const row of rows) row.hidden = wanted !== "" && !text(row).includes(wanted);
  };
  find.addEventListener("input", filter);
  eventful.addEventListener("change", filter);
  document.getElementById("in").addEventListener("click", () => by(1.5));
  document.getElementById("out").addEventListener("click", () => by(1 / 1.5));
  document.getElementById("whole").addEventListener("click", () => set(1, 0, 0));
  addEventListener("beforeprint", () => { set(1, 0, 0); chart.querySelectorAll("details").forEach((group) => { group.open = true; }); });
  document.querySelector(".tools").hidden = false;
  document.getElementById("keys").hidden = false;
  draw();
})();
