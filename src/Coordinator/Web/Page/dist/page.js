"use strict";
(() => {
  // src/dom.ts
  function byId(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`index.html has no #${id}`);
    return found;
  }
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    setAttributes(element, attributes);
    element.append(...children.filter((child) => child !== null));
    return element;
  }
  var svgNamespace = "http://www.w3.org/2000/svg";
  function makeSvg(tag, attributes = {}) {
    const element = document.createElementNS(svgNamespace, tag);
    setAttributes(element, attributes);
    return element;
  }
  function setAttributes(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value === null || value === void 0) element.removeAttribute(name);
      else if (element.getAttribute(name) !== String(value))
        element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
  function icon(name) {
    const svg = makeSvg("svg", { class: "icon", "aria-hidden": "true" });
    svg.append(makeSvg("use", { href: `#icon-${name}` }));
    return svg;
  }
  function showFacts(list2, facts) {
    const rows = facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
    rows.forEach((row, index) => {
      const shown2 = list2.children[index];
      if (!shown2) list2.append(row);
      else if (!shown2.isEqualNode(row)) shown2.replaceWith(row);
    });
    while (list2.children.length > rows.length) list2.lastElementChild?.remove();
  }
  function setMeter(bar, ratio) {
    const width = `${Math.round(1e3 * Math.min(1, Math.max(0, ratio ?? 0))) / 10}%`;
    if (bar.style.width !== width) bar.style.width = width;
  }
  var remembered = {
    get(key) {
      try {
        return localStorage.getItem(`fineweb-${key}`);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(`fineweb-${key}`, value);
      } catch {
      }
    }
  };

  // src/format.ts
  var counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  var unknown = "–";
  var missing = (value) => value === null || value === void 0 || !Number.isFinite(value);
  function count(value) {
    return missing(value) ? unknown : counts.format(value);
  }
  function counted(value, noun) {
    return `${count(value)} ${value === 1 ? noun : noun + "s"}`;
  }
  function rate(value) {
    if (missing(value)) return unknown;
    return value > 0 && value < 9.95 ? value.toFixed(1) : count(value);
  }
  function short(value) {
    if (missing(value) || value < 9999.5) return rate(value);
    return scaled(value, ["", " k", " M", " G", " T"], 9999.5);
  }
  function whole(value) {
    return missing(value) || value < 99999995e-1 ? count(value) : short(value);
  }
  function mark(value) {
    const unit = value >= 1e9 ? 3 : value >= 1e6 ? 2 : value >= 1e3 ? 1 : 0;
    return `${+(value / 1e3 ** unit).toFixed(2)}${["", " k", " M", " G"][unit]}`;
  }
  function size(bytes) {
    if (missing(bytes)) return unknown;
    return scaled(bytes, [" bytes", " kB", " MB", " GB", " TB", " PB", " EB"], 999.5);
  }
  function scaled(value, units, most) {
    let [number, unit] = [value, 0];
    for (; Math.abs(number) >= (unit === 0 ? most : 999.5) && unit < units.length - 1; unit++) number /= 1e3;
    const digits = unit === 0 ? 0 : number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
    return number.toFixed(digits) + units[unit];
  }
  function percent(ratio) {
    if (missing(ratio)) return unknown;
    return `${(ratio < 1 ? Math.min(100 * ratio, 99.9) : 100 * ratio).toFixed(1)} %`;
  }
  function wholePercent(ratio) {
    return missing(ratio) ? unknown : `${Math.round(100 * ratio)} %`;
  }
  function share(part, whole2) {
    return missing(part) || missing(whole2) || whole2 <= 0 ? null : part / whole2;
  }
  function duration(seconds) {
    if (missing(seconds)) return unknown;
    const whole2 = Math.max(0, Math.floor(seconds));
    const [days, hours, minutes] = [Math.floor(whole2 / 86400), Math.floor(whole2 / 3600), Math.floor(whole2 / 60)];
    if (hours >= 48) return `${days} d ${hours % 24} h`;
    if (hours >= 1) return `${hours} h ${minutes % 60} min`;
    if (minutes >= 1) return `${minutes} min ${whole2 % 60} s`;
    return `${whole2} s`;
  }
  function ago(seconds) {
    if (missing(seconds)) return unknown;
    if (seconds < 2) return "now";
    const [size2, unit] = seconds < 60 ? [1, "s"] : seconds < 3600 ? [60, "min"] : seconds < 172800 ? [3600, "h"] : [86400, "d"];
    return `${Math.floor(seconds / size2)} ${unit} ago`;
  }
  function price(value) {
    if (missing(value)) return unknown;
    return value >= 1e3 ? count(value) : value.toFixed(2);
  }
  function clock(time, seconds = true) {
    const text = [time.getHours(), time.getMinutes(), ...seconds ? [time.getSeconds()] : []];
    return text.map((part) => String(part).padStart(2, "0")).join(":");
  }
  function moment(time, today = /* @__PURE__ */ new Date()) {
    const hours = clock(time, false);
    if (time.toDateString() === today.toDateString()) return hours;
    const day = time.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
    return `${day}, ${hours}`;
  }
  function kept(keep, threshold) {
    const [, kind, score] = /^(int|raw)(.+)$/.exec(keep ?? "") ?? [];
    if (kind === "int") return `what rounds to ${score} or more`;
    if (kind === "raw") return `scores of ${score} or more`;
    return missing(threshold) ? "all rows" : `scores of ${threshold} or more`;
  }

  // src/charts/phases.ts
  var phaseNames = [
    ["device", "Device busy"],
    ["reader", "Waiting for the reader"],
    ["tokenizer", "Waiting for the tokenizer"],
    ["writer", "Waiting for the writer"],
    ["network", "Waiting for the network"]
  ];
  var column = (ratio) => percent(ratio).padStart(7, " ");
  var seam = 3e-3;
  var PhaseBar = class {
    element = make("div", { class: "phase-bar", role: "img" });
    parts = phaseNames.map(([name]) => make("span", { class: `phase phase-${name}` }));
    constructor() {
      this.element.append(...this.parts);
    }
    show(phases) {
      let from = 0;
      phaseNames.forEach(([name], index) => {
        const width = phases?.[name] ?? 0;
        const transform = `translateX(${(100 * from).toFixed(1)}%) scaleX(${Math.max(0, width - seam).toFixed(4)})`;
        const { style } = this.parts[index];
        if (style.transform !== transform) style.transform = transform;
        from += width;
      });
      const text = phases ? phaseNames.map(([name, label]) => `${label} ${wholePercent(phases[name])}`).join(", ") : "unknown";
      setAttributes(this.element, { "aria-label": `Where the time goes: ${text}` });
    }
  };
  var FleetPhases = class {
    bar = new PhaseBar();
    values = /* @__PURE__ */ new Map();
    constructor() {
      byId("phases-bar").append(this.bar.element);
      const legend = byId("phases-legend");
      for (const [name, label] of [...phaseNames, ["idle", "Idle"]]) {
        const value = make("dd", {}, column(null));
        this.values.set(name, value);
        legend.append(make("div", {}, make("dt", {}, make("span", { class: `swatch phase-${name}` }), label), value));
      }
    }
    show(snapshot) {
      const phases = snapshot.phases;
      this.bar.show(phases);
      const idle = phases ? Math.max(0, 1 - phaseNames.reduce((sum, [name]) => sum + (phases[name] ?? 0), 0)) : null;
      for (const [name, value] of this.values)
        setText(value, column(name === "idle" ? idle : phases?.[name]));
      setText(byId("padding"), column(snapshot.padding));
      setText(byId("busy"), column(snapshot.busy?.median));
    }
  };

  // src/charts/timeChart.ts
  var leastSeconds = 60;
  var shortGap = 5;
  var TimeChart = class {
    constructor(plan) {
      this.plan = plan;
      this.card = byId(plan.id);
      this.plot = this.card.querySelector(".plot");
      new ResizeObserver(() => this.fit()).observe(this.plot);
    }
    plan;
    card;
    plot;
    chart = null;
    data = [[], [], [], []];
    /** @param band Low and high quartile, or two empty columns. */
    show(times, line, band) {
      this.data = [times, line, this.filled(band[0], times), this.filled(band[1], times)];
      this.card.classList.toggle("empty", !line.some((value) => value !== null));
      if (this.chart && times.length > 0) this.chart.setData(this.data);
      else this.draw();
      this.describe();
    }
    /** Draws anew: a theme's colours are those of the canvas, too. */
    draw() {
      this.chart?.destroy();
      this.chart = null;
      const { width, height } = this.room();
      if (width < 40 || this.data[0].length === 0) return;
      this.chart = new uPlot(this.options(width, height), this.data, this.plot);
    }
    filled(column2, times) {
      return column2.length === times.length ? column2 : times.map(() => null);
    }
    room() {
      return { width: Math.floor(this.plot.clientWidth), height: Math.floor(this.plot.clientHeight) };
    }
    fit() {
      const { width, height } = this.room();
      if (!this.chart) this.draw();
      else if (this.chart.width !== width || this.chart.height !== height) this.draw();
    }
    options(width, height) {
      const style = getComputedStyle(document.documentElement);
      const colour = (name) => this.colour(name);
      const rem = parseFloat(style.fontSize);
      const font = `${Math.round(rem * 0.75)}px ${getComputedStyle(document.body).fontFamily}`;
      const axis = {
        font,
        stroke: colour("--quiet"),
        ticks: { show: false },
        grid: { stroke: colour("--hair"), width: 1 }
      };
      const gaps = (chart, _, __, ___, found) => found.filter(([from, to]) => chart.posToVal(to, "x", true) - chart.posToVal(from, "x", true) > shortGap);
      const edge = { stroke: "transparent", width: 0, points: { show: false }, gaps };
      return {
        width,
        height,
        legend: { show: false },
        padding: [rem * 0.5, rem * 0.5, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, sync: { key: "time" }, points: { size: 8 } },
        scales: {
          x: { time: true, range: (_, first, last) => [Math.min(first, last - leastSeconds), last] },
          y: { range: (_, __, high) => [0, this.top(high)] }
        },
        axes: [
          { ...axis, grid: { show: false }, size: rem * 1.6, space: rem * 5, values: (_, ticks) => this.hours(ticks) },
          { ...axis, size: rem * 3.1, gap: 6, space: rem * 2.4, values: (_, ticks) => ticks.map(this.plan.axis) }
        ],
        series: [
          {},
          {
            stroke: colour("--accent"),
            width: 2,
            points: { show: false },
            gaps,
            ...this.plan.scale === "rate" ? { fill: colour("--accent-wash") } : {}
          },
          edge,
          edge
        ],
        bands: [{ series: [3, 2], fill: colour("--accent-band") }],
        hooks: { setCursor: [() => this.describe()] }
      };
    }
    /** A canvas takes no variable, and no pair of colours of which the theme chooses. */
    colour(name) {
      this.plot.style.color = `var(${name})`;
      const { color } = getComputedStyle(this.plot);
      this.plot.style.color = "";
      return color;
    }
    top(highest) {
      return this.plan.scale === "ratio" ? 1 : Math.max(10, highest * 1.12);
    }
    hours(ticks) {
      const withSeconds = ticks.some((tick) => tick % 60 !== 0);
      return ticks.map((tick) => clock(new Date(tick * 1e3), withSeconds));
    }
    /** The value under the pointer, or the last one. */
    describe() {
      const index = this.chart?.cursor.idx ?? null;
      const [times, line, low, high] = this.data;
      const at = index ?? line.findLastIndex((value2) => value2 !== null);
      const [value, time] = [line[at] ?? null, times[at]];
      const [from, to] = [low[at] ?? null, high[at] ?? null];
      setText(this.card.querySelector(".now"), this.plan.text(value));
      const quartiles = from !== null && to !== null ? `${this.plan.text(from)} – ${this.plan.text(to)}` : "";
      const kind = this.plan.scale === "rate" || value === null ? "" : quartiles ? `median; quartiles ${quartiles}` : "median";
      const when = index !== null && time !== void 0 ? clock(new Date(time * 1e3)) : "";
      setText(this.card.querySelector(".when"), [kind, when].filter(Boolean).join(" · "));
      if (index === null) this.tell(line, quartiles);
    }
    tell(line, quartiles) {
      const known = line.filter((value) => value !== null);
      const last = known.at(-1) ?? null;
      const range = known.length > 1 ? `; over the time shown from ${this.plan.text(Math.min(...known))} to ${this.plan.text(Math.max(...known))}` : "";
      const half = quartiles ? `, half of the workers within ${quartiles}` : "";
      const now = last === null ? "nothing measured yet" : `now ${this.plan.text(last)}${half}${range}`;
      setAttributes(this.plot, { "aria-label": `${this.plan.what}: ${now}` });
    }
  };

  // src/charts/rates.ts
  var ranges = { "600": 600, "3600": 3600, all: Infinity };
  var Rates = class {
    constructor(past) {
      this.past = past;
      const chosen = remembered.get("range") ?? "3600";
      this.seconds = ranges[chosen] ?? 3600;
      for (const input of byId("ranges").querySelectorAll("input")) {
        input.checked = ranges[input.value] === this.seconds;
        input.addEventListener("change", () => this.choose(input.value));
      }
    }
    past;
    documents = new TimeChart({
      id: "chart-documents",
      what: "Documents a second",
      scale: "rate",
      text: rate,
      axis: mark
    });
    tokens = new TimeChart({
      id: "chart-tokens",
      what: "Tokens a second",
      scale: "rate",
      text: short,
      axis: mark
    });
    use = new TimeChart({
      id: "chart-use",
      what: "Use of the devices, median",
      scale: "ratio",
      text: wholePercent,
      axis: wholePercent
    });
    memory = new TimeChart({
      id: "chart-memory",
      what: "Memory of the devices, median",
      scale: "ratio",
      text: wholePercent,
      axis: wholePercent
    });
    seconds;
    show() {
      const from = this.past.from(this.seconds);
      const { times, series } = this.past;
      const shown2 = times.slice(from);
      const none = [[], []];
      this.documents.show(shown2, series.documents.slice(from), none);
      this.tokens.show(shown2, series.tokens.slice(from), none);
      this.use.show(shown2, series.deviceUse.slice(from), [
        series.deviceUseLow.slice(from),
        series.deviceUseHigh.slice(from)
      ]);
      this.memory.show(shown2, series.memory.slice(from), none);
    }
    draw() {
      for (const chart of [this.documents, this.tokens, this.use, this.memory]) chart.draw();
    }
    /** "GPU use" where the fleet has GPUs. */
    name(deviceKind) {
      setText(byId("name-use"), `${deviceKind} use`);
      setText(byId("name-memory"), `${deviceKind} memory`);
    }
    choose(range) {
      this.seconds = ranges[range] ?? Infinity;
      remembered.set("range", range);
      this.show();
    }
  };

  // src/charts/scores.ts
  var bins = 51;
  var thresholds = Array.from({ length: 11 }, (_, index) => index / 2);
  var Scores = class {
    bars = Array.from({ length: bins }, () => makeSvg("rect", { width: 0.84 }));
    kept = [];
    slider = byId("threshold");
    histogram = null;
    runsOwn = null;
    chosen = false;
    constructor() {
      byId("histogram").append(...this.bars);
      this.bars.forEach((bar, index) => setAttributes(bar, { x: index + 0.08, y: 100, height: 0 }));
      for (const threshold of thresholds) {
        const value = make("span", { class: "kept-share" }, "–");
        this.kept.push(value);
        byId("kept-shares").append(
          make("li", {}, make("span", { class: "kept-from" }, `≥ ${threshold.toFixed(1)}`), value)
        );
      }
      this.slider.addEventListener("input", () => {
        this.chosen = true;
        this.mark();
      });
    }
    /** The threshold of the run is where the slider stands until someone moves it. */
    name(run) {
      this.runsOwn = run.threshold ?? null;
      setText(byId("runs-threshold"), `This run keeps ${kept(run.keep, run.threshold)}`);
      if (!this.chosen && this.runsOwn !== null) this.slider.value = String(this.runsOwn);
      this.mark();
    }
    show(snapshot) {
      this.histogram = snapshot.histogram ?? null;
      const counts2 = this.histogram?.counts ?? [];
      const most = Math.max(1, ...counts2);
      this.bars.forEach((bar, index) => {
        const rows = counts2[index] ?? 0;
        const height = rows > 0 ? Math.max(0.8, 100 * rows / most) : 0;
        setAttributes(bar, { y: (100 - height).toFixed(2), height: height.toFixed(2) });
      });
      byId("scores").classList.toggle("empty", !counts2.some((rows) => rows > 0));
      setText(
        byId("scores-missing"),
        snapshot.histogram || snapshot.rows.scored === 0 ? "No scores yet" : "Not told by this coordinator"
      );
      this.mark();
    }
    mark() {
      const threshold = Number(this.slider.value);
      const all = this.histogram?.counts.reduce((sum, rows2) => sum + rows2, 0) ?? 0;
      this.bars.forEach((bar, index) => bar.classList.toggle("kept", index / 10 >= threshold - 1e-3));
      thresholds.forEach((each, index) => {
        const item = this.kept[index];
        setText(item, wholePercent(share(this.histogram?.keptAt[index], all)));
        item.parentElement.classList.toggle("chosen", each === threshold);
      });
      const rows = this.histogram?.keptAt[Math.round(threshold * 2)];
      const ratio = share(rows, all);
      const text = `${count(rows)} rows, ${percent(ratio)}`;
      setText(byId("kept-rows"), text);
      setAttributes(this.slider, { "aria-valuetext": `${threshold.toFixed(1)}: ${text}` });
      setText(byId("threshold-value"), `≥ ${threshold.toFixed(1)}`);
    }
  };

  // src/connection.ts
  var longestSilence = 6e3;
  var longestPause = 15e3;
  var pauseAfterTheEnd = 2e4;
  var Connection = class {
    constructor(listener) {
      this.listener = listener;
    }
    listener;
    source = null;
    link = { kind: "connecting" };
    lastHeard = /* @__PURE__ */ new Date();
    lastTry = 0;
    tries = 0;
    retry;
    start() {
      setInterval(() => this.watch(), 1e3);
      this.open();
    }
    /** Tries at once, as someone who reads the notice may wish. */
    tryNow() {
      this.tries = 0;
      this.open();
    }
    open() {
      clearTimeout(this.retry);
      this.source?.close();
      this.lastTry = Date.now();
      const source = this.source = new EventSource("/events");
      source.addEventListener("snapshot", (event) => this.hear(JSON.parse(event.data)));
      source.addEventListener("gone", (event) => this.end(JSON.parse(event.data)));
      source.onerror = () => this.lose();
    }
    hear(snapshot) {
      this.lastHeard = /* @__PURE__ */ new Date();
      this.tries = 0;
      if (this.link.kind === "ended" && (snapshot.state === "finished" || snapshot.state === "stopped")) return;
      const isBack = this.link.kind !== "live";
      if (isBack) this.change({ kind: "live" });
      if (isBack) this.listener.back();
      this.listener.snapshot(snapshot);
    }
    end(gone) {
      this.source?.close();
      this.source = null;
      this.change({ kind: "ended", at: /* @__PURE__ */ new Date(), gone });
      this.retry = window.setTimeout(() => this.open(), pauseAfterTheEnd);
    }
    lose() {
      this.source?.close();
      this.source = null;
      clearTimeout(this.retry);
      if (this.link.kind === "ended") {
        this.retry = window.setTimeout(() => this.open(), pauseAfterTheEnd);
        return;
      }
      const pause = Math.min(longestPause, 1e3 * 2 ** this.tries++) * (0.75 + 0.5 * Math.random());
      const since = this.link.kind === "lost" ? this.link.since : this.lastHeard;
      const lost = { kind: "lost", since, nextTry: new Date(Date.now() + pause), reason: null };
      this.change(lost);
      this.retry = window.setTimeout(() => this.open(), pause);
      void this.listener.whyNot().then((reason) => {
        if (reason && this.link === lost) this.change({ ...lost, reason });
      });
    }
    /** A connection may die without a word; one that says nothing is taken for lost. */
    watch() {
      const silent = Date.now() - Math.max(this.lastHeard.getTime(), this.lastTry) > longestSilence;
      if (this.source && silent) this.lose();
      else if (this.link.kind === "lost") this.listener.link(this.link);
    }
    change(link) {
      this.link = link;
      this.listener.link(link);
    }
  };

  // src/dialogs/confirm.ts
  var ConfirmDialog = class {
    constructor(toast, afterwards) {
      this.toast = toast;
      this.afterwards = afterwards;
      byId("confirm-cancel").addEventListener("click", () => this.dialog.close());
      byId("confirm-form").addEventListener("submit", (event) => {
        event.preventDefault();
        void this.carryOut();
      });
    }
    toast;
    afterwards;
    dialog = byId("confirm");
    button = byId("confirm-do");
    reason = byId("confirm-reason");
    deed = null;
    ask(deed) {
      this.deed = deed;
      setText(byId("confirm-title"), deed.title);
      setText(byId("confirm-text"), deed.text);
      setText(this.button, deed.label);
      this.button.classList.toggle("danger", deed.danger === true);
      this.button.disabled = false;
      byId("confirm-reason-row").hidden = !deed.reason;
      this.reason.value = "";
      setText(byId("confirm-error"), "");
      this.dialog.showModal();
    }
    /** Buttons that lead here. */
    buttonsFor(deeds) {
      return deeds.map((deed) => {
        const button = make(
          "button",
          { type: "button", class: deed.danger ? "button danger" : "button" },
          `${deed.label} …`
        );
        button.addEventListener("click", () => this.ask(deed));
        return button;
      });
    }
    async carryOut() {
      if (!this.deed) return;
      this.button.disabled = true;
      try {
        this.toast.say(await this.deed.run(this.reason.value.trim()));
        this.dialog.close();
      } catch (error) {
        setText(byId("confirm-error"), error instanceof Error ? error.message : String(error));
        this.button.disabled = false;
      }
      this.afterwards();
    }
  };

  // src/dialogs/toast.ts
  var shownFor = 6e3;
  var Toast = class {
    end;
    say(text) {
      const place = byId("toast");
      clearTimeout(this.end);
      place.replaceChildren(make("p", {}, text));
      this.end = window.setTimeout(() => place.replaceChildren(), shownFor);
    }
  };

  // src/documents.ts
  var shown = 10;
  var DocumentsByScore = class {
    constructor(server) {
      this.server = server;
      for (const input of byId("bands").querySelectorAll("input"))
        input.addEventListener("click", () => void this.load(Number(input.value)));
    }
    server;
    place = byId("documents-list");
    asked = 0;
    async load(band) {
      const turn = ++this.asked;
      this.place.setAttribute("aria-busy", "true");
      try {
        const documents = await this.server.documents(band, shown);
        if (turn === this.asked) this.show(documents);
      } catch (error) {
        if (turn === this.asked) this.tell("Not to be had now", error instanceof Error ? error.message : String(error));
      } finally {
        if (turn === this.asked) this.place.removeAttribute("aria-busy");
      }
    }
    show({ items, note }) {
      setText(byId("documents-note"), note ?? "");
      if (items.length === 0) return this.tell("No document of this band yet", note ?? "");
      this.place.replaceChildren(
        ...items.map(
          ({ score, text, file, row }) => make(
            "li",
            { class: "document" },
            make(
              "div",
              { class: "document-head" },
              make("strong", {}, score.toFixed(2)),
              make("span", { class: "source", title: file }, `${file} · row ${count(row)}`)
            ),
            make("p", { class: "document-text", dir: "auto" }, text)
          )
        )
      );
      this.place.scrollTop = 0;
    }
    tell(title, text) {
      this.place.replaceChildren(
        make("li", { class: "nothing" }, make("p", { class: "empty-title" }, title), make("p", {}, text))
      );
    }
  };

  // src/events.ts
  var atOnce = 100;
  var mostShown = 200;
  var Events = class {
    constructor(server) {
      this.server = server;
    }
    server;
    list = byId("events-list");
    last = 0;
    isAsking = false;
    show({ lastEvent }) {
      if (lastEvent < this.last) {
        this.last = 0;
        this.list.replaceChildren();
      }
      if (lastEvent > this.last && !this.isAsking) void this.load(lastEvent);
    }
    async load(lastEvent) {
      this.isAsking = true;
      try {
        const { items } = await this.server.events(Math.max(this.last, lastEvent - atOnce), atOnce);
        if (this.last === 0) this.list.replaceChildren();
        for (const event of items) if (event.seq > this.last) this.list.prepend(this.line(event));
        this.last = Math.max(lastEvent, ...items.map((event) => event.seq));
        while (this.list.children.length > mostShown) this.list.lastElementChild?.remove();
      } catch {
      } finally {
        this.isAsking = false;
      }
    }
    line({ time, kind, text, worker, file }) {
      const at = new Date(time);
      const base = file?.slice(file.lastIndexOf("/") + 1);
      const about = [worker, base].filter((each) => each && !text.includes(each)).join(" · ");
      return make(
        "li",
        { class: `event event-${/fail|quarantine|lost|error|ends/.test(kind) ? "trouble" : "plain"}` },
        make("time", { datetime: time, title: moment(at) }, clock(at)),
        make("span", { class: "event-kind" }, kind.replaceAll("_", " ")),
        make(
          "span",
          { class: "event-text", title: file },
          text,
          about ? make("span", { class: "about" }, ` ${about}`) : null
        )
      );
    }
  };

  // src/keys.ts
  function listenToKeys() {
    const help = byId("help");
    const single = byId("single-keys");
    single.checked = remembered.get("keys") !== "off";
    single.addEventListener("change", () => remembered.set("keys", single.checked ? "on" : "off"));
    byId("show-help").addEventListener("click", () => help.showModal());
    for (const button of document.querySelectorAll("[data-close]"))
      button.addEventListener("click", () => button.closest("dialog")?.close());
    for (const dialog of document.querySelectorAll("dialog"))
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.matches(
        "input:not([type=radio],[type=checkbox],[type=range]), textarea"
      );
      if (!single.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
        return;
      if (event.key === "/") nearestSearch().focus();
      else if (event.key === "?") help.showModal();
      else return;
      event.preventDefault();
    });
  }
  function nearestSearch() {
    const fields = [byId("workers-find"), byId("files-find")];
    const distance = (field) => Math.abs(field.getBoundingClientRect().top - innerHeight / 3);
    return fields.reduce((best, field) => distance(field) < distance(best) ? field : best);
  }

  // src/notice.ts
  var Notice = class {
    bar = byId("notice");
    kind = "";
    constructor(tryNow) {
      byId("try-now").addEventListener("click", tryNow);
    }
    show(link) {
      document.body.classList.toggle("stale", link.kind === "lost");
      setText(byId("live-text"), { connecting: "…", live: "Live", lost: "Lost", ended: "Ended" }[link.kind]);
      if (link.kind !== this.kind) byId("live").replaceChildren(icon(`link-${link.kind}`), byId("live-text"));
      byId("live").className = `live live-${link.kind}`;
      this.bar.hidden = link.kind === "live" || link.kind === "connecting";
      byId("try-now").hidden = link.kind !== "lost";
      if (link.kind === "lost") {
        this.announce(link.reason ?? `The coordinator has not answered since ${clock(link.since)}.`);
        setText(byId("notice-more"), this.waiting(link.since, link.nextTry));
      } else if (link.kind === "ended") {
        const how = link.gone.state === "finished" ? "The run has finished" : "The run has stopped";
        this.announce(`${how} at ${clock(link.at)}${link.gone.reason ? `: ${link.gone.reason}` : "."}`);
        setText(byId("notice-more"), "This is its last view.");
      }
      this.kind = link.kind;
    }
    /** Said aloud once; what counts down beside it is not. */
    announce(text) {
      setText(byId("notice-text"), text);
    }
    waiting(since, nextTry) {
      const pause = Math.ceil((nextTry.getTime() - Date.now()) / 1e3);
      const silence = duration((Date.now() - since.getTime()) / 1e3);
      const next = pause > 0 ? `Next try in ${counted(pause, "second")}.` : "Trying now …";
      return `This is the view of ${silence} ago. ${next}`;
    }
  };

  // src/contract.ts
  var seriesNames = ["documents", "tokens", "deviceUse", "deviceUseLow", "deviceUseHigh", "memory"];

  // src/past.ts
  var mostPoints = 600;
  var Past = class {
    /** Seconds since 1970, one for each point. */
    times = [];
    series = emptySeries();
    step = 1;
    gathered = [];
    gatheredFrom = 0;
    /** Takes what the coordinator remembers; what was seen of one before it, which that cannot know, stays. */
    replace(history) {
      const longest = Math.max(0, ...seriesNames.map((name) => history.series[name]?.length ?? 0));
      const start = history.start ? Date.parse(history.start) / 1e3 : Infinity;
      this.step = history.step > 0 ? history.step : 1;
      const times = Array.from({ length: longest }, (_, index) => start + index * this.step);
      const earlier = this.times.filter((time) => time < start);
      const gap = earlier.length > 0 && times.length > 0 ? [(earlier.at(-1) + start) / 2] : [];
      for (const name of seriesNames)
        this.series[name] = [
          ...this.series[name].slice(0, earlier.length),
          ...gap.map(() => null),
          ...times.map((_, index) => history.series[name]?.[index] ?? null)
        ];
      this.times = [...earlier, ...gap, ...times];
      this.gathered = [];
      while (this.times.length > mostPoints) this.halve();
    }
    /** A point is the mean of the snapshots within its step. */
    add(snapshot) {
      const time = Date.parse(snapshot.time) / 1e3;
      if (this.gathered.length === 0) this.gatheredFrom = time;
      this.gathered.push(snapshot);
      if (time - this.gatheredFrom < this.step - 1.5 || time <= (this.times.at(-1) ?? 0)) return;
      this.times.push(time);
      for (const name of seriesNames) this.series[name].push(mean(this.gathered.map((each) => valueOf(each, name))));
      this.gathered = [];
      if (this.times.length > mostPoints) this.halve();
    }
    /** From which point on the last seconds are; 0 where all are asked for. */
    from(seconds) {
      const last = this.times.at(-1);
      if (last === void 0 || !Number.isFinite(seconds)) return 0;
      const first = this.times.findIndex((time) => time >= last - seconds);
      return Math.max(0, first);
    }
    halve() {
      const pairs = (values) => values.flatMap((value, index) => index % 2 === 1 ? [mean([values[index - 1] ?? null, value])] : []);
      this.times = this.times.filter((_, index) => index % 2 === 1);
      for (const name of seriesNames) this.series[name] = pairs(this.series[name]);
      this.step *= 2;
    }
  };
  function emptySeries() {
    return { documents: [], tokens: [], deviceUse: [], deviceUseLow: [], deviceUseHigh: [], memory: [] };
  }
  function valueOf(snapshot, name) {
    switch (name) {
      case "documents":
        return snapshot.documentsPerSecond ?? null;
      case "tokens":
        return snapshot.tokensPerSecond ?? null;
      case "deviceUse":
        return snapshot.deviceUse?.median ?? null;
      case "deviceUseLow":
        return snapshot.deviceUse?.low ?? null;
      case "deviceUseHigh":
        return snapshot.deviceUse?.high ?? null;
      case "memory":
        return snapshot.memoryUse?.median ?? null;
    }
  }
  function mean(values) {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  }

  // src/progress.ts
  var states = {
    running: "Running",
    paused: "Paused",
    settling: "Settling",
    standstill: "Standstill",
    finished: "Finished",
    stopped: "Stopped"
  };
  var explanations = {
    paused: "No work is handed out. What is in work goes on.",
    settling: "Waiting for the first workers, to take the dtype that the best of them does well.",
    standstill: "No worker can go on. The workers below say why."
  };
  var Progress = class {
    shownState = "";
    show(snapshot) {
      const { rows, files } = snapshot;
      const done = share(rows.scored, rows.all) ?? share(files.done + files.failed + files.skipped, files.all);
      this.showState(snapshot);
      setText(byId("percent"), percent(done));
      setText(byId("rows"), `${count(rows.scored)} of ${rows.all ? count(rows.all) : "unknown"} rows`);
      setText(byId("elapsed"), `${duration(snapshot.elapsedSeconds)} so far`);
      setMeter(byId("bar-fill"), done);
      setAttributes(byId("bar"), {
        "aria-valuenow": Math.round((done ?? 0) * 1e3) / 10,
        "aria-valuetext": `${percent(done)}, ${remaining(snapshot)}`
      });
      this.showTime(snapshot);
      this.showFigures(snapshot);
    }
    showState({ state, stateText, safe, workers }) {
      if (state !== this.shownState) {
        const badge = byId("state");
        badge.className = `state state-${state}`;
        badge.replaceChildren(icon(state), states[state] ?? state);
      }
      this.shownState = state;
      const text = stateText || explanations[state] || (state === "running" && workers.connected === 0 ? "No worker is connected." : "");
      setText(byId("state-text"), text || safe || "");
      byId("state-text").classList.toggle("trouble", state === "standstill" || state === "stopped");
    }
    showTime(snapshot) {
      const { remainingSeconds: left, remainingLow: low, remainingHigh: high } = snapshot;
      const isOver = snapshot.state === "finished" || snapshot.state === "stopped";
      setText(byId("remaining"), isOver ? states[snapshot.state] ?? "" : left == null ? "–" : `${duration(left)} left`);
      const now = new Date(snapshot.time);
      const end = left === null || left === void 0 ? null : new Date(now.getTime() + 1e3 * left);
      const about = end && `done about ${moment(end, now)}`;
      const between = low != null && high != null && `between ${duration(low)} and ${duration(high)}`;
      const unknown2 = isOver ? `after ${duration(snapshot.elapsedSeconds)}` : "how long it will take is not known yet";
      setText(byId("remaining-range"), isOver ? unknown2 : [between, about].filter(Boolean).join(" · ") || unknown2);
    }
    showFigures(snapshot) {
      const { rows, files, bytes, workers, cost } = snapshot;
      figure(
        "documents",
        rate(snapshot.documentsPerSecond),
        snapshot.busy?.median == null ? "" : `devices busy ${wholePercent(snapshot.busy.median)}`
      );
      figure("tokens", short(snapshot.tokensPerSecond), `${short(snapshot.tokens)} in all`);
      figure(
        "kept",
        whole(rows.kept),
        rows.scored > 0 ? `${percent(share(rows.kept, rows.scored))} of those scored` : "none scored yet"
      );
      const inWork = files.working + files.building;
      figure(
        "files",
        count(files.done),
        `of ${count(files.all)}; ${count(inWork)} in work, ${count(files.waiting)} waiting`
      );
      figure("bytes", size(bytes.done), bytes.all ? `of ${size(bytes.all)} read` : "read");
      figure("failed", count(files.failed), `files; ${counted(rows.unscorable, "row")} without a score`);
      byId("figure-failed").classList.toggle("trouble", files.failed > 0);
      const away = [
        workers.quarantined && `${count(workers.quarantined)} quarantined`,
        workers.lost && `${count(workers.lost)} lost`
      ];
      figure(
        "workers",
        count(workers.connected),
        `of ${count(workers.all)}; ${away.filter(Boolean).join(", ") || "none in trouble"}`
      );
      byId("figure-workers").classList.toggle("trouble", workers.quarantined > 0);
      const toEnd = cost?.toEnd == null ? "" : `${price(cost.toEnd)} to the end, `;
      figure("cost", price(cost?.soFar), cost ? toEnd + `${price(cost.perHour)} an hour` : "give --price-per-hour");
    }
  };
  function remaining({ remainingSeconds }) {
    return remainingSeconds == null ? "time left unknown" : `${duration(remainingSeconds)} left`;
  }
  function figure(name, value, note) {
    const place = byId(`figure-${name}`);
    setText(place.querySelector(".figure-value"), value);
    setText(place.querySelector(".figure-note"), note);
  }

  // src/runFacts.ts
  var RunFacts = class {
    constructor(toast) {
      byId("copy").addEventListener("click", () => void copy(toast));
    }
    show(run) {
      setText(byId("run-name"), run.name);
      setText(byId("version"), `FineWebTorch ${run.version}`);
      setText(byId("command"), run.command);
      const facts = [
        ["Model", run.model],
        ["Revision", run.revision ?? "–"],
        ["Dtype", run.dtype ?? "not chosen yet"],
        ["Keeps", kept(run.keep, run.threshold)],
        ["Output", run.output],
        ["Price an hour", run.pricePerHour == null ? "not given" : price(run.pricePerHour)],
        ["Version", run.version]
      ];
      showFacts(byId("run-facts"), facts);
      const options = Object.entries(run.options ?? {});
      showFacts(
        byId("options"),
        options.map(([name, value]) => [name, textOf(value)])
      );
      byId("options-box").hidden = options.length === 0;
    }
  };
  function textOf(value) {
    if (Array.isArray(value)) return value.join(", ");
    return value === null || value === "" ? make("span", { class: "quiet" }, "not given") : String(value);
  }
  async function copy(toast) {
    const command = byId("command");
    try {
      await navigator.clipboard.writeText(command.textContent ?? "");
      toast.say("The command is in the clipboard.");
    } catch {
      getSelection()?.selectAllChildren(command);
      toast.say("The command is selected: copy it with Ctrl+C.");
    }
  }

  // src/server.ts
  var Refused = class extends Error {
    constructor(message, status) {
      super(message);
      this.status = status;
    }
    status;
  };
  var Server = class {
    token = null;
    async run() {
      const run = await this.get("/api/run", {});
      this.token = run.csrf ?? null;
      return run;
    }
    history() {
      return this.get("/api/history", {});
    }
    workers(query, signal) {
      return this.get("/api/workers", { ...query }, signal);
    }
    files(query, signal) {
      return this.get("/api/files", { ...query }, signal);
    }
    documents(band, count2) {
      return this.get("/api/documents", { band, count: count2 });
    }
    events(after, limit) {
      return this.get("/api/events", { after, limit });
    }
    /** Does something to the run. The token shows that the order comes from this page. */
    async act(path, body) {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Fineweb-Csrf": this.token ?? "" },
        body: JSON.stringify(body)
      });
      const done = await this.read(answer);
      return done.text ?? "Done.";
    }
    async get(path, query, signal) {
      const given = Object.entries(query).filter(([, value]) => value !== void 0 && value !== "");
      const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
      return this.read(await fetch(search ? `${path}?${search}` : path, signal ? { signal } : {}));
    }
    async read(answer) {
      const text = await answer.text();
      if (answer.ok) return JSON.parse(text);
      throw new Refused(answer.status === 404 ? "This coordinator does not tell." : errorOf(text, answer), answer.status);
    }
  };
  function errorOf(text, { status }) {
    const unexplained = `The coordinator answered ${status}.`;
    try {
      return JSON.parse(text).error ?? unexplained;
    } catch {
      return unexplained;
    }
  }

  // src/dialogs/detail.ts
  var DetailDialog = class {
    constructor(confirm, find, facts, deeds) {
      this.confirm = confirm;
      this.find = find;
      this.facts = facts;
      this.deeds = deeds;
      this.dialog.addEventListener("close", () => this.key = null);
    }
    confirm;
    find;
    facts;
    deeds;
    dialog = byId("detail");
    key = null;
    shownDeeds = "";
    open(key, item) {
      this.key = key;
      this.shownDeeds = "";
      setText(byId("detail-title"), key);
      this.show(item);
      this.dialog.showModal();
    }
    refresh() {
      const key = this.key;
      if (key === null) return;
      this.find(key).then(
        (item) => {
          if (item !== void 0 && this.key === key) this.show(item);
        },
        // The connection's notice tells that the coordinator is away.
        () => void 0
      );
    }
    show(item) {
      showFacts(byId("detail-facts"), this.facts(item));
      const deeds = this.deeds(item);
      const labels = deeds.map((deed) => deed.label).join();
      if (labels !== this.shownDeeds) byId("detail-deeds").replaceChildren(...this.confirm.buttonsFor(deeds));
      this.shownDeeds = labels;
    }
  };

  // src/tables/cells.ts
  function fillMeter(cell, ratio, text, of = "") {
    if (!cell.querySelector(".meter"))
      cell.replaceChildren(
        make("span", { class: "value" }),
        make("span", { class: "of" }),
        make("span", { class: "meter" }, make("i"))
      );
    setMeter(cell.querySelector("i"), ratio);
    setText(cell.querySelector(".value"), text);
    setText(cell.querySelector(".of"), of);
  }
  function fillPath(cell, path, more = "") {
    if (!cell.querySelector(".path"))
      cell.replaceChildren(
        make("span", { class: "path" }, make("span", { class: "folder" }), make("span", { class: "base" }))
      );
    const end = path.lastIndexOf("/") + 1;
    setText(cell.querySelector(".folder"), path.slice(0, end));
    setText(cell.querySelector(".base"), path.slice(end) + more);
    setAttributes(cell, { title: path + more });
  }
  function fillText(cell, text) {
    setText(cell, text);
    setAttributes(cell, { title: text });
  }
  function fillState(cell, state, label, reason) {
    if (cell.dataset["state"] !== state || !cell.querySelector(".state"))
      cell.replaceChildren(make("span", { class: `state state-${state}` }, icon(state), make("span", { class: "word" })));
    cell.dataset["state"] = state;
    setText(cell.querySelector(".word"), label);
    setAttributes(cell, { title: reason ?? null });
  }

  // src/tables/search.ts
  var typingPause = 200;
  function searchFor(table, id) {
    const field = byId(id);
    let pause;
    field.addEventListener("input", () => {
      clearTimeout(pause);
      pause = window.setTimeout(() => table.ask({ find: field.value.trim() }), typingPause);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") {
        table.focus();
        event.preventDefault();
      } else if (event.key === "Escape" && field.value) {
        field.value = "";
        table.ask({ find: "" });
        event.preventDefault();
      }
    });
  }

  // src/tables/virtualTable.ts
  var overscan = 6;
  var mostAtOnce = 100;
  var VirtualTable = class {
    constructor(options) {
      this.options = options;
      const section = byId(options.id);
      this.grid = section.querySelector(".grid");
      this.canvas = section.querySelector(".grid-rows");
      this.message = section.querySelector(".grid-message");
      this.headers = section.querySelector(".grid-head");
      this.makeHeaders();
      setAttributes(this.grid, { "aria-colcount": options.columns.length });
      this.grid.addEventListener("scroll", () => this.place(), { passive: true });
      this.grid.addEventListener("keydown", (event) => this.key(event));
      this.canvas.addEventListener("click", (event) => this.click(event));
      this.canvas.addEventListener("dblclick", () => getSelection()?.removeAllRanges());
      new ResizeObserver(() => this.place()).observe(this.grid);
    }
    options;
    grid;
    canvas;
    message;
    headers;
    rows = /* @__PURE__ */ new Map();
    spare = [];
    items = /* @__PURE__ */ new Map();
    query = { find: "" };
    total = null;
    active = 0;
    request = null;
    waiting = 0;
    again;
    /** Another order, search or filter: from the top. */
    ask(query) {
      Object.assign(this.query, query);
      this.items.clear();
      this.active = 0;
      this.grid.scrollTop = 0;
      this.showHeaders();
      this.refresh();
    }
    /** Asks anew for what is seen. */
    refresh() {
      clearTimeout(this.again);
      this.request?.abort();
      const request = this.request = new AbortController();
      const { first, last } = this.seen();
      const query = { ...this.query, offset: first, limit: Math.min(mostAtOnce, Math.max(20, last - first)) };
      this.options.fetch(query, request.signal).then(
        (page) => this.take(query, page),
        // That the coordinator is away is told by the connection's notice; what was seen stays.
        (error) => error instanceof Refused && this.say(make("p", {}, error.message))
      );
    }
    /** The row of a name as it was told last, if it is among those that are seen. */
    find(key) {
      return [...this.items.values()].find((item) => this.options.key(item) === key);
    }
    focus() {
      this.grid.focus();
    }
    take(query, page) {
      for (const index of this.items.keys())
        if (index < query.offset || index >= query.offset + query.limit) this.items.delete(index);
      page.items.forEach((item, index) => this.items.set(query.offset + index, item));
      this.active = Math.min(this.active, Math.max(0, page.total - 1));
      setAttributes(this.grid, { "aria-rowcount": page.total + 1 });
      setText(byId(`${this.options.id}-count`), count(page.total));
      if (page.total === 0) return this.say(this.options.empty(query));
      this.message.hidden = true;
      this.resize(page.total);
    }
    /** In place of rows. */
    say(message) {
      this.message.replaceChildren(message);
      this.message.hidden = false;
      this.resize(0);
    }
    resize(total) {
      this.total = total;
      this.canvas.style.height = `${total * this.rowHeight()}px`;
      this.place();
    }
    /** The rows that are seen get their places; those that are not are kept for others. */
    place() {
      const total = this.total ?? 0;
      const { first, last } = this.seen();
      for (const [index, row] of this.rows) {
        if (index >= first && index < last) continue;
        row.remove();
        this.rows.delete(index);
        if (this.spare.length < 40) this.spare.push(row);
      }
      const height = this.rowHeight();
      let isMissing = false;
      for (let index = first; index < last; index++) {
        const item = this.items.get(index);
        isMissing ||= item === void 0;
        this.fill(this.rowAt(index), index, item, index * height);
      }
      const active = this.rows.get(this.active);
      setAttributes(this.grid, { "aria-activedescendant": active && total > 0 ? active.id : null });
      if (isMissing && total > 0) this.askSoon();
    }
    /** While someone scrolls, only where they come to rest is asked for. */
    askSoon() {
      clearTimeout(this.waiting);
      this.waiting = window.setTimeout(() => this.refresh(), 70);
    }
    rowAt(index) {
      const known = this.rows.get(index);
      if (known) return known;
      const row = this.spare.pop() ?? this.makeRow();
      this.rows.set(index, row);
      this.canvas.append(row);
      return row;
    }
    makeRow() {
      const cells = this.options.columns.map(
        (column2, index) => make("div", { class: cellClass(column2), role: "gridcell", "aria-colindex": index + 1 })
      );
      return make("div", { class: "grid-row", role: "row" }, ...cells);
    }
    fill(row, index, item, top) {
      row.style.transform = `translateY(${top}px)`;
      setAttributes(row, {
        id: `${this.options.id}-row-${index}`,
        "aria-rowindex": index + 2,
        "aria-selected": index === this.active ? "true" : "false"
      });
      row.classList.toggle("pending", item === void 0);
      row.classList.toggle("odd", index % 2 === 1);
      this.options.columns.forEach((column2, at) => {
        const cell = row.children[at];
        if (item === void 0) setText(cell, at === 0 ? "…" : "");
        else column2.fill(cell, item);
      });
    }
    seen() {
      const height = this.rowHeight();
      const first = Math.max(0, Math.floor(this.grid.scrollTop / height) - overscan);
      const last = Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / height) + overscan;
      return { first, last: Math.min(this.total ?? last, last) };
    }
    /** Rows have one height, which the style sheet gives in rem. */
    rowHeight() {
      return Math.max(16, this.headers.offsetHeight);
    }
    makeHeaders() {
      this.options.columns.forEach((column2, index) => {
        const label = column2.sort ? make("button", { type: "button" }, column2.label) : make("span", {}, column2.label);
        if (column2.sort) label.addEventListener("click", () => this.sort(column2));
        this.headers.append(
          make("div", { class: cellClass(column2), role: "columnheader", "aria-colindex": index + 1 }, label)
        );
      });
      this.showHeaders();
    }
    sort({ sort }) {
      if (!sort) return;
      const isAgain = this.query.sort === sort.by;
      const other = this.query.order === "asc" ? "desc" : "asc";
      this.ask({ sort: sort.by, order: isAgain ? other : sort.first });
    }
    showHeaders() {
      this.options.columns.forEach(({ sort }, index) => {
        const sorted = sort && sort.by === this.query.sort ? `${this.query.order ?? sort.first}ending` : null;
        setAttributes(this.headers.children[index], { "aria-sort": sorted });
      });
    }
    key(event) {
      if (event.target !== this.grid || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = Math.max(1, Math.floor(this.grid.clientHeight / this.rowHeight()) - 2);
      const steps = {
        ArrowDown: 1,
        ArrowUp: -1,
        PageDown: page,
        PageUp: -page,
        Home: -Infinity,
        End: Infinity
      };
      const step = steps[event.key];
      if (step !== void 0) this.activate(this.active + step);
      else if (event.key === "Enter" || event.key === " ") this.openActive();
      else return;
      event.preventDefault();
    }
    activate(index) {
      this.active = Math.min(Math.max(0, index), Math.max(0, (this.total ?? 0) - 1));
      const [top, height] = [this.active * this.rowHeight(), this.rowHeight()];
      const room = this.grid.clientHeight - height;
      if (top < this.grid.scrollTop) this.grid.scrollTop = top;
      else if (top + height > this.grid.scrollTop + room) this.grid.scrollTop = top + height - room;
      this.place();
    }
    click(event) {
      const row = event.target.closest(".grid-row");
      const found = [...this.rows].find(([, each]) => each === row);
      if (!found) return;
      this.activate(found[0]);
      this.openActive();
    }
    openActive() {
      const item = this.items.get(this.active);
      if (item !== void 0) this.options.open(item);
    }
  };
  function cellClass(column2) {
    return `cell cell-${column2.name}${column2.number ? " number" : ""}`;
  }

  // src/tables/files.ts
  var fileStates = {
    waiting: "waiting",
    working: "scoring",
    building: "writing",
    done: "done",
    failed: "failed",
    skipped: "skipped"
  };
  var Files = class {
    constructor(server, confirm) {
      this.server = server;
      this.detail = new DetailDialog(
        confirm,
        (name) => this.find(name),
        factsOf,
        (file) => this.canAct ? this.deeds(file) : []
      );
      this.table = new VirtualTable({
        id: "files",
        key: (file) => file.name,
        fetch: (query, signal) => server.files(query, signal),
        open: (file) => this.detail.open(file.name, file),
        empty: (query) => make(
          "p",
          {},
          query.find ? `No ${query.state ?? ""} file's name holds “${query.find}”.` : query.state ? `No file is ${query.state}.` : "No files yet."
        ),
        columns: [
          { name: "name", label: "File", fill: (cell, file) => fillPath(cell, file.name) },
          {
            name: "state",
            label: "State",
            fill: (cell, file) => fillState(cell, file.state, fileStates[file.state] ?? file.state, file.failure)
          },
          {
            name: "progress",
            label: "Rows scored",
            number: true,
            fill: (cell, file) => fillMeter(cell, shareOf(file), count(file.scored), ` / ${count(file.rows)}`)
          },
          { name: "windows", label: "Windows", number: true, fill: (cell, file) => fillText(cell, windowsOf(file)) },
          {
            name: "attempts",
            label: "Attempts",
            number: true,
            fill: (cell, file) => fillText(cell, count(file.attempts))
          },
          { name: "seconds", label: "Time", number: true, fill: (cell, file) => fillText(cell, duration(file.seconds)) },
          {
            name: "who",
            label: "Worker, shard or failure",
            fill: (cell, file) => fillText(cell, file.failure ?? ((file.workers ?? []).join(", ") || (file.shard ?? "")))
          }
        ]
      });
      searchFor(this.table, "files-find");
      for (const input of byId("files-states").querySelectorAll("input"))
        input.addEventListener("change", () => this.table.ask({ state: input.value }));
      this.table.ask({});
    }
    server;
    table;
    detail;
    canAct = false;
    refresh() {
      this.table.refresh();
      this.detail.refresh();
    }
    show({ files }) {
      for (const state of ["all", "waiting", "working", "building", "done", "failed", "skipped"])
        setText(byId(`files-${state}`), count(files[state]));
    }
    allowActions(canAct) {
      this.canAct = canAct;
    }
    async find(name) {
      const known = this.table.find(name);
      if (known) return known;
      const page = await this.server.files({ offset: 0, limit: 20, find: name }, AbortSignal.timeout(5e3));
      return page.items.find((file) => file.name === name);
    }
    deeds({ name, state }) {
      const retry = {
        label: "Retry",
        title: `Retry ${name}?`,
        text: "It waits for a worker again, and its attempts are forgotten.",
        run: () => this.server.act("/api/files/retry", { file: name })
      };
      const skip = {
        label: "Skip",
        title: `Skip ${name}?`,
        danger: true,
        reason: true,
        text: "The run goes on without it: no shard of it is written. Retry takes it in again.",
        run: (reason) => this.server.act("/api/files/skip", { file: name, reason })
      };
      return state === "done" ? [] : state === "skipped" ? [retry] : state === "failed" ? [retry, skip] : [skip];
    }
  };
  function factsOf(file) {
    return [
      ["State", fileStates[file.state] ?? file.state],
      ["Failure", file.failure ?? "none"],
      ["Rows scored", `${count(file.scored)} of ${count(file.rows)}`],
      ["Windows", windowsOf(file)],
      ["Attempts", count(file.attempts)],
      ["Time", duration(file.seconds)],
      ["Workers", (file.workers ?? []).join(", ") || "none"],
      ["Shard", file.shard ?? "none yet"]
    ];
  }
  function shareOf(file) {
    return file.state === "done" ? 1 : share(file.scored, file.rows);
  }
  function windowsOf(file) {
    return file.windows ? `${count(file.windows.done)} / ${count(file.windows.all)}` : "–";
  }

  // src/tables/workers.ts
  var workerStates = {
    working: "working",
    idle: "idle",
    quarantined: "quarantined",
    leaving: "leaving",
    lost: "not connected",
    paused: "paused"
  };
  var Workers = class {
    constructor(server, confirm) {
      this.server = server;
      this.detail = new DetailDialog(
        confirm,
        (name) => this.find(name),
        factsOf2,
        (worker) => this.canAct ? this.deeds(worker) : []
      );
      this.table = new VirtualTable({
        id: "workers",
        key: (worker) => worker.name,
        fetch: (query, signal) => server.workers(query, signal),
        open: (worker) => this.detail.open(worker.name, worker),
        empty: (query) => query.find ? make("p", {}, `No worker's name or device holds “${query.find}”.`) : this.nobody(),
        columns: [
          {
            name: "name",
            label: "Worker",
            sort: { by: "name", first: "asc" },
            fill: (cell, worker) => fillText(cell, worker.name)
          },
          {
            name: "state",
            label: "State",
            sort: { by: "state", first: "asc" },
            fill: (cell, worker) => fillState(cell, worker.state, workerStates[worker.state] ?? worker.state, worker.stateText)
          },
          {
            name: "rate",
            label: "docs/s",
            number: true,
            sort: { by: "rate", first: "desc" },
            fill: (cell, worker) => fillText(cell, rate(worker.rate))
          },
          {
            name: "use",
            label: "Use",
            number: true,
            sort: { by: "use", first: "desc" },
            fill: (cell, worker) => fillMeter(cell, worker.use, wholePercent(worker.use))
          },
          {
            name: "memory",
            label: "Memory",
            number: true,
            fill: (cell, worker) => fillMeter(cell, share(worker.memoryUsed, worker.memoryTotal), size(worker.memoryUsed))
          },
          {
            name: "watts",
            label: "Power",
            number: true,
            fill: (cell, worker) => fillText(cell, withUnit(worker.watts, "W"))
          },
          {
            name: "celsius",
            label: "Temp.",
            number: true,
            fill: (cell, worker) => fillText(cell, withUnit(worker.celsius, "°C"))
          },
          { name: "phases", label: "Where time goes", fill: fillPhases },
          { name: "device", label: "Device", fill: (cell, worker) => fillText(cell, worker.device) },
          { name: "work", label: "At work on", fill: fillWork },
          {
            name: "failures",
            label: "Errors",
            number: true,
            fill: (cell, worker) => fillText(cell, count(worker.failures))
          },
          {
            name: "progress",
            label: "Progress",
            number: true,
            fill: (cell, worker) => fillText(cell, ago(worker.lastProgressSeconds))
          }
        ]
      });
      searchFor(this.table, "workers-find");
      this.table.ask({ sort: "name", order: "asc" });
    }
    server;
    table;
    detail;
    canAct = false;
    refresh() {
      this.table.refresh();
      this.detail.refresh();
    }
    show({ workers }) {
      const notes = [
        [workers.quarantined, "quarantined"],
        [workers.leaving, "leaving"],
        [workers.lost, "not connected"]
      ];
      const text = notes.filter(([number]) => number > 0).map(([number, what]) => `${count(number)} ${what}`).join(" · ");
      setText(byId("workers-note"), text);
    }
    allowActions(canAct) {
      this.canAct = canAct;
    }
    nobody() {
      return make(
        "div",
        {},
        make("p", { class: "empty-title" }, "No worker yet"),
        make("p", {}, "Start one on any machine that reaches this coordinator:"),
        make("p", {}, make("code", {}, `worker --gpu 0 --coordinator ${location.hostname}:5090`)),
        make(
          "p",
          {},
          "Without a GPU: ",
          make("code", {}, "worker --device cpu"),
          ". The coordinator has printed the whole line, with the token that lets a machine in."
        )
      );
    }
    async find(name) {
      const known = this.table.find(name);
      if (known) return known;
      const page = await this.server.workers({ offset: 0, limit: 20, find: name }, AbortSignal.timeout(5e3));
      return page.items.find((worker) => worker.name === name);
    }
    deeds({ name, state }) {
      const deed = (verb, title, text, danger = false) => ({
        label: verb,
        title,
        text,
        danger,
        run: () => this.server.act(`/api/workers/${verb.toLowerCase()}`, { worker: name })
      });
      const drain = deed(
        "Drain",
        `Drain ${name}?`,
        "It ends what it has in work, hands it over and gets no more. Nothing is lost."
      );
      const ban = deed(
        "Ban",
        `Ban ${name}?`,
        "It loses its work to others at once and gets none until it is allowed again.",
        true
      );
      const allow = deed("Allow", `Allow ${name}?`, "It gets work again, and what it has failed at is forgotten.");
      if (state === "quarantined") return [allow];
      return state === "lost" || state === "leaving" ? [allow, ban] : [drain, ban];
    }
  };
  function factsOf2(worker) {
    const bar = new PhaseBar();
    bar.show(worker.phases);
    const phases = worker.phases;
    const time = phases ? phaseNames.map(([name, label]) => `${label} ${percent(phases[name])}`).join(" · ") : "–";
    return [
      ["State", [workerStates[worker.state] ?? worker.state, worker.stateText].filter(Boolean).join(": ")],
      ["Device", worker.device],
      ["Numeric class", worker.numericClass ?? "–"],
      ["Documents a second", rate(worker.rate)],
      ["Device use", wholePercent(worker.use)],
      ["Memory", `${size(worker.memoryUsed)} of ${size(worker.memoryTotal)}`],
      ["Power, temperature", `${withUnit(worker.watts, "W")}, ${withUnit(worker.celsius, "°C")}`],
      ["Where its time goes", make("div", {}, bar.element, make("div", { class: "small" }, time))],
      ["Batches in flight", count(worker.batchesInFlight)],
      ["Rows scored", count(worker.rows)],
      ["Errors", count(worker.failures)],
      ["Last progress", ago(worker.lastProgressSeconds)],
      ["At work on", list((worker.work ?? []).map((work) => work.file + progressOf(work)))]
    ];
  }
  function list(lines) {
    return lines.length === 0 ? "nothing" : make("ul", { class: "plain" }, ...lines.map((line) => make("li", {}, line)));
  }
  function progressOf({ building, scored, rows }) {
    return building ? " writing the shard" : ` ${count(scored)}/${count(rows)}`;
  }
  function fillWork(cell, worker) {
    const [first, ...others] = worker.work ?? [];
    if (first) fillPath(cell, first.file, progressOf(first) + (others.length > 0 ? `, ${others.length} more` : ""));
    else fillText(cell, worker.stateText ?? "");
  }
  function withUnit(value, unit) {
    return value === null || value === void 0 ? "–" : `${Math.round(value)} ${unit}`;
  }
  var bars = /* @__PURE__ */ new WeakMap();
  function fillPhases(cell, worker) {
    let bar = bars.get(cell);
    if (!bar || bar.element.parentElement !== cell) {
      bar = new PhaseBar();
      bars.set(cell, bar);
      cell.replaceChildren(bar.element);
    }
    bar.show(worker.phases);
  }

  // src/themes.ts
  var order = ["system", "light", "dark"];
  function switchThemes(changed) {
    const button = byId("theme");
    const root = document.documentElement;
    const show = () => {
      const theme = root.dataset["theme"] ?? "system";
      button.replaceChildren(icon(`theme-${theme}`));
      setAttributes(button, { "aria-label": `Theme: ${theme}. Change it`, title: `Theme: ${theme}` });
      changed();
    };
    button.addEventListener("click", () => {
      const now = order.findIndex((theme) => theme === (root.dataset["theme"] ?? "system"));
      const next = order[(now + 1) % order.length];
      if (next === "system") delete root.dataset["theme"];
      else root.dataset["theme"] = next;
      remembered.set("theme", next);
      show();
    });
    for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", changed);
    show();
  }

  // src/page.ts
  var tablesEvery = 2e3;
  var WatchedRun = class {
    server = new Server();
    toast = new Toast();
    confirm = new ConfirmDialog(this.toast, () => this.refreshTables());
    past = new Past();
    rates = new Rates(this.past);
    scores = new Scores();
    workers = new Workers(this.server, this.confirm);
    files = new Files(this.server, this.confirm);
    facts = new RunFacts(this.toast);
    parts = [
      new Progress(),
      new FleetPhases(),
      this.scores,
      this.workers,
      this.files,
      new Events(this.server)
    ];
    connection = new Connection({
      back: () => {
        this.isKnown = false;
      },
      snapshot: (snapshot) => this.take(snapshot),
      link: (link) => this.notice.show(link),
      whyNot: () => this.whyNot()
    });
    notice = new Notice(() => this.connection.tryNow());
    run = null;
    latest = null;
    tablesAt = 0;
    /** Whether the run's facts and its past are those of the coordinator that answers now. */
    isKnown = false;
    begin() {
      new DocumentsByScore(this.server);
      listenToKeys();
      switchThemes(() => this.rates.draw());
      byId("pause").addEventListener("click", () => this.askToPause());
      document.addEventListener("visibilitychange", () => this.show());
      this.connection.start();
    }
    take(snapshot) {
      this.latest = snapshot;
      this.past.add(snapshot);
      this.show();
      if (!this.isKnown) void this.recall();
    }
    /** A page in the background draws nothing; it is drawn when it comes to the front. */
    show() {
      const snapshot = this.latest;
      if (document.hidden || !snapshot) return;
      for (const part of this.parts) part.show(snapshot);
      this.rates.name(snapshot.deviceKind ?? "Device");
      this.rates.show();
      const done = share(snapshot.rows.scored, snapshot.rows.all);
      document.title = [done === null ? null : percent(done), this.run?.name, "FineWebTorch"].filter(Boolean).join(" · ");
      setText(byId("pause"), snapshot.state === "paused" ? "Resume" : "Pause");
      byId("pause").hidden = !this.run?.canAct || snapshot.state === "finished" || snapshot.state === "stopped";
      if (Date.now() - this.tablesAt >= tablesEvery) this.refreshTables();
    }
    refreshTables() {
      this.tablesAt = Date.now();
      this.workers.refresh();
      this.files.refresh();
    }
    /** After silence all that was known may be another: the run's facts, its token, the past. */
    async recall() {
      this.isKnown = true;
      try {
        const [run, history] = await Promise.all([this.server.run(), this.server.history()]);
        if (this.run && this.run.version !== run.version) return location.reload();
        this.run = run;
        this.past.replace(history);
        this.facts.show(run);
        this.scores.name(run);
        this.workers.allowActions(run.canAct);
        this.files.allowActions(run.canAct);
        this.show();
        this.refreshTables();
      } catch {
        this.isKnown = false;
      }
    }
    async whyNot() {
      try {
        await this.server.run();
      } catch (error) {
        if (error instanceof Refused && (error.status === 401 || error.status === 403)) return error.message;
      }
      return null;
    }
    askToPause() {
      const isPaused = this.latest?.state === "paused";
      this.confirm.ask(
        isPaused ? {
          label: "Resume",
          title: "Resume the run?",
          text: "Work is handed out again.",
          run: () => this.server.act("/api/resume", {})
        } : {
          label: "Pause",
          title: "Pause the run?",
          text: "No more work is handed out. What is in work goes on; nothing is lost.",
          run: () => this.server.act("/api/pause", {})
        }
      );
    }
  };
  new WatchedRun().begin();
})();
