import type { Snapshot, Worker, WorkerState } from "../contract.js";
import type { ConfirmDialog, Deed } from "../dialogs/confirm.js";
import { DetailDialog } from "../dialogs/detail.js";
import { byId, make, setText } from "../dom.js";
import { ago, count, percent, rate, share, size, wholePercent } from "../format.js";
import { PhaseBar, phaseNames } from "../charts/phases.js";
import type { Server } from "../server.js";
import { fillMeter, fillPath, fillState, fillText } from "./cells.js";
import { searchFor } from "./search.js";
import { VirtualTable } from "./virtualTable.js";

export const workerStates: Record<WorkerState, string> = {
  working: "working",
  idle: "idle",
  quarantined: "quarantined",
  leaving: "leaving",
  lost: "not connected",
  paused: "paused",
};

/** The workers: rate, device, where their time goes; drain, ban and allow. */
export class Workers {
  private readonly table: VirtualTable<Worker>;
  private readonly detail: DetailDialog<Worker>;
  private canAct = false;

  constructor(
    private readonly server: Server,
    confirm: ConfirmDialog,
  ) {
    this.detail = new DetailDialog<Worker>(
      confirm,
      (name) => this.find(name),
      factsOf,
      (worker) => (this.canAct ? this.deeds(worker) : []),
    );
    this.table = new VirtualTable<Worker>({
      id: "workers",
      key: (worker) => worker.name,
      fetch: (query, signal) => server.workers(query, signal),
      open: (worker) => this.detail.open(worker.name, worker),
      empty: (query) =>
        query.find ? make("p", {}, `No worker's name or device holds “${query.find}”.`) : this.nobody(),
      columns: [
        {
          name: "name",
          label: "Worker",
          sort: { by: "name", first: "asc" },
          fill: (cell, worker) => fillText(cell, worker.name),
        },
        {
          name: "state",
          label: "State",
          sort: { by: "state", first: "asc" },
          fill: (cell, worker) =>
            fillState(cell, worker.state, workerStates[worker.state] ?? worker.state, worker.stateText),
        },
        {
          name: "rate",
          label: "docs/s",
          number: true,
          sort: { by: "rate", first: "desc" },
          fill: (cell, worker) => fillText(cell, rate(worker.rate)),
        },
        {
          name: "use",
          label: "Use",
          number: true,
          sort: { by: "use", first: "desc" },
          fill: (cell, worker) => fillMeter(cell, worker.use, wholePercent(worker.use)),
        },
        {
          name: "memory",
          label: "Memory",
          number: true,
          fill: (cell, worker) =>
            fillMeter(cell, share(worker.memoryUsed, worker.memoryTotal), size(worker.memoryUsed)),
        },
        {
          name: "watts",
          label: "Power",
          number: true,
          fill: (cell, worker) => fillText(cell, withUnit(worker.watts, "W")),
        },
        {
          name: "celsius",
          label: "Temp.",
          number: true,
          fill: (cell, worker) => fillText(cell, withUnit(worker.celsius, "°C")),
        },
        { name: "phases", label: "Where time goes", fill: fillPhases },
        { name: "device", label: "Device", fill: (cell, worker) => fillText(cell, worker.device) },
        { name: "work", label: "At work on", fill: fillWork },
        {
          name: "failures",
          label: "Errors",
          number: true,
          fill: (cell, worker) => fillText(cell, count(worker.failures)),
        },
        {
          name: "progress",
          label: "Progress",
          number: true,
          fill: (cell, worker) => fillText(cell, ago(worker.lastProgressSeconds)),
        },
      ],
    });
    searchFor(this.table, "workers-find");
    this.table.ask({ sort: "name", order: "asc" });
  }

  refresh(): void {
    this.table.refresh();
    this.detail.refresh();
  }

  show({ workers }: Snapshot): void {
    const notes: [number, string][] = [
      [workers.quarantined, "quarantined"],
      [workers.leaving, "leaving"],
      [workers.lost, "not connected"],
    ];
    const text = notes
      .filter(([number]) => number > 0)
      .map(([number, what]) => `${count(number)} ${what}`)
      .join(" · ");
    setText(byId("workers-note"), text);
  }

  allowActions(canAct: boolean): void {
    this.canAct = canAct;
  }

  private nobody(): Node {
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
        ". The coordinator has printed the whole line, with the token that lets a machine in.",
      ),
    );
  }

  private async find(name: string): Promise<Worker | undefined> {
    const known = this.table.find(name);
    if (known) return known;
    const page = await this.server.workers({ offset: 0, limit: 20, find: name }, AbortSignal.timeout(5000));
    return page.items.find((worker) => worker.name === name);
  }

  private deeds({ name, state }: Worker): Deed[] {
    const deed = (verb: string, title: string, text: string, danger = false): Deed => ({
      label: verb,
      title,
      text,
      danger,
      run: () => this.server.act(`/api/workers/${verb.toLowerCase()}`, { worker: name }),
    });
    const drain = deed(
      "Drain",
      `Drain ${name}?`,
      "It ends what it has in work, hands it over and gets no more. Nothing is lost.",
    );
    const ban = deed(
      "Ban",
      `Ban ${name}?`,
      "It loses its work to others at once and gets none until it is allowed again.",
      true,
    );
    const allow = deed("Allow", `Allow ${name}?`, "It gets work again, and what it has failed at is forgotten.");
    if (state === "quarantined") return [allow];
    return state === "lost" || state === "leaving" ? [allow, ban] : [drain, ban];
  }
}

function factsOf(worker: Worker): [string, Node | string][] {
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
    ["At work on", list((worker.work ?? []).map((work) => work.file + progressOf(work)))],
  ];
}

function list(lines: string[]): Node | string {
  return lines.length === 0 ? "nothing" : make("ul", { class: "plain" }, ...lines.map((line) => make("li", {}, line)));
}

type Work = NonNullable<Worker["work"]>[number];

function progressOf({ building, scored, rows }: Work): string {
  return building ? " writing the shard" : ` ${count(scored)}/${count(rows)}`;
}

function fillWork(cell: HTMLElement, worker: Worker): void {
  const [first, ...others] = worker.work ?? [];
  if (first) fillPath(cell, first.file, progressOf(first) + (others.length > 0 ? `, ${others.length} more` : ""));
  else fillText(cell, worker.stateText ?? "");
}

function withUnit(value: number | null | undefined, unit: string): string {
  return value === null || value === undefined ? "–" : `${Math.round(value)} ${unit}`;
}

const bars = new WeakMap<HTMLElement, PhaseBar>();
function fillPhases(cell: HTMLElement, worker: Worker): void {
  let bar = bars.get(cell);
  if (!bar || bar.element.parentElement !== cell) {
    bar = new PhaseBar();
    bars.set(cell, bar);
    cell.replaceChildren(bar.element);
  }
  bar.show(worker.phases);
}
