import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SimulatedRun } from "./run.mjs";

const dist = new URL("../../../src/Coordinator/Web/Page/dist/", import.meta.url);
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const html = await readFile(new URL("index.html", dist), "utf8");
const inline = (element) => {
  const [, content] = html.match(new RegExp(`<${element}>([^]*?)</${element}>`));
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
};
const policy =
  `default-src 'none'; script-src 'self' ${inline("script")}; style-src 'self' ${inline("style")}; connect-src 'self'; ` +
  "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const token = "token-of-the-mock";
const troubleFirst = ["quarantined", "lost", "leaving", "paused", "idle", "working"];

/** Answers as the coordinator does, from a simulated run. What it was asked and told is kept for tests. */
export class MockServer {
  /** @param pieces in how many parts the page itself arrives, as over a slow line, 25 ms between them */
  constructor(scenario, { seed = 7, interval = 1000, canAct = true, pieces = 1 } = {}) {
    this.run = new SimulatedRun(scenario, seed);
    this.interval = interval;
    this.canAct = canAct;
    this.pieces = pieces;
    this.requests = [];
    this.actions = [];
    this.refusal = null;
    this.watchers = new Set();
  }

  async start(port = 0) {
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise((resolve) => this.server.listen(port || this.port || 0, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/`;
    this.clock = setInterval(() => this.beat(), this.interval);
    return this;
  }

  /** As a coordinator that is killed; `start` brings it back at the same address. */
  async stop() {
    clearInterval(this.clock);
    this.watchers.clear();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  beat() {
    this.run.tick++;
    const text = `event: snapshot\ndata: ${JSON.stringify(this.run.snapshot())}\n\n`;
    for (const watcher of this.watchers) watcher.write(text);
  }

  /** The run's end, as watchers are told. */
  end(state, reason = null) {
    for (const watcher of this.watchers) watcher.end(`event: gone\ndata: ${JSON.stringify({ state, reason })}\n\n`);
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    const json = (body, status = 200) => {
      response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
      response.end(JSON.stringify(body));
    };
    if (this.refusal && url.pathname !== "/") return json({ error: this.refusal }, 401);
    if (request.method === "POST") return this.act(request, url.pathname, json);
    if (url.pathname === "/events") return this.stream(response);
    const get = this.reads[url.pathname];
    if (get) return json(get(Object.fromEntries(url.searchParams)));
    return this.file(url.pathname === "/" ? "/index.html" : url.pathname, response);
  }

  async file(path, response) {
    try {
      const body = await readFile(fileURLToPath(new URL(`.${path}`, dist)));
      response.writeHead(200, {
        "Content-Type": `${types[extname(path)]}; charset=utf-8`,
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
      });
      const length = Math.ceil(body.length / (path === "/index.html" ? this.pieces : 1));
      for (let at = length; at < body.length; at += length) {
        response.write(body.subarray(at - length, at));
        await pause(25);
      }
      response.end(body.subarray(body.length - (body.length % length || length)));
    } catch {
      response.writeHead(404, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ error: "there is nothing here" }));
    }
  }

  stream(response) {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(`retry: 1000\n\nevent: snapshot\ndata: ${JSON.stringify(this.run.snapshot())}\n\n`);
    this.watchers.add(response);
    response.on("close", () => this.watchers.delete(response));
    if (this.run.state() === "finished") this.end("finished");
  }

  reads = {
    "/api/history": () => this.run.history(),
    "/api/run": () => ({
      name: `edu-${this.run.scenario.files}`,
      model: "HuggingFaceFW/fineweb-edu-classifier",
      revision: "c0ffee1ab12f",
      dtype: "bf16",
      version: "1.4.0",
      output: "hf://datasets/me/my-edu",
      threshold: 2.5,
      keep: "int3",
      pricePerHour: 1.006,
      command: `coordinator run --files ${this.run.scenario.files} --output hf://datasets/me/edu --listen 0.0.0.0:5090`,
      options: {
        "--files": String(this.run.scenario.files),
        "--keep": "int3",
        "--dtype": "auto",
        "--text-column": "text",
        "--publish": "auto",
      },
      csrf: token,
      canAct: this.canAct,
    }),
    "/api/workers": ({ find = "", sort = "name", order = "asc", ...range }) => {
      const matching = this.run
        .workers()
        .filter(({ name, device }) => `${name} ${device}`.toLowerCase().includes(find.toLowerCase()));
      return page(sorted(matching, sort, order), range);
    },
    "/api/files": ({ find = "", state = "", ...range }) => {
      // Not 50,000 of them to show twenty.
      if (!find && !state) return page({ length: this.run.scenario.files }, range, (index) => this.run.file(index));
      const matches = (file) =>
        (!state || file.state === state) && file.name.toLowerCase().includes(find.toLowerCase());
      return page(this.run.files().filter(matches), range);
    },
    "/api/documents": ({ band, count }) => this.run.documents(Number(band), Number(count)),
    "/api/events": ({ after, limit }) => ({
      items: this.run.events.filter((event) => event.seq > Number(after)).slice(0, Number(limit)),
    }),
  };

  async act(request, path, json) {
    let text = "";
    for await (const part of request) text += part;
    const body = JSON.parse(text || "{}");
    if (request.headers["x-fineweb-csrf"] !== token) return json({ error: "this did not come from the page" }, 403);
    this.actions.push({ path, ...body });
    if (body.reason === "refuse me") return json({ error: "the file is done: nothing is left to skip" }, 409);
    const states = { drain: "leaving", ban: "quarantined", allow: "working", retry: "waiting", skip: "skipped" };
    const verb = path.split("/").at(-1);
    if (verb === "pause" || verb === "resume") this.run.paused = verb === "pause";
    else this.run.marks.set(body.worker ?? body.file, states[verb]);
    this.run.happen(`asked_to_${verb}`, `${verb} was asked for on the page`, body.worker, body.file);
    json({ text: `Done: ${verb} ${body.worker ?? body.file ?? "the run"}.` });
  }
}

function page(all, { offset = 0, limit = 50 }, item = (index) => all[index]) {
  const length = Math.max(0, Math.min(100, Number(limit), all.length - Number(offset)));
  return { total: all.length, items: Array.from({ length }, (_, index) => item(Number(offset) + index)) };
}

function sorted(workers, sort, order) {
  const value = {
    name: (worker) => worker.name,
    rate: (worker) => worker.rate ?? -1,
    use: (worker) => worker.use ?? -1,
    state: (worker) => troubleFirst.indexOf(worker.state),
  }[sort];
  const sign = order === "desc" ? -1 : 1;
  return workers.sort((a, b) => sign * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
}
