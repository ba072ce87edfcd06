import type { FileState, InputFile, Snapshot } from "../contract.js";
import type { ConfirmDialog, Deed } from "../dialogs/confirm.js";
import { DetailDialog } from "../dialogs/detail.js";
import { byId, make, setText } from "../dom.js";
import { count, duration, share } from "../format.js";
import type { Server } from "../server.js";
import { fillMeter, fillPath, fillState, fillText } from "./cells.js";
import { searchFor } from "./search.js";
import { VirtualTable } from "./virtualTable.js";

const fileStates: Record<FileState, string> = {
  waiting: "waiting",
  working: "scoring",
  building: "writing",
  done: "done",
  failed: "failed",
  skipped: "skipped",
};

/** The run's files by state; retry and skip. */
export class Files {
  private readonly table: VirtualTable<InputFile>;
  private readonly detail: DetailDialog<InputFile>;
  private canAct = false;

  constructor(
    private readonly server: Server,
    confirm: ConfirmDialog,
  ) {
    this.detail = new DetailDialog<InputFile>(
      confirm,
      (name) => this.find(name),
      factsOf,
      (file) => (this.canAct ? this.deeds(file) : []),
    );
    this.table = new VirtualTable<InputFile>({
      id: "files",
      key: (file) => file.name,
      fetch: (query, signal) => server.files(query, signal),
      open: (file) => this.detail.open(file.name, file),
      empty: (query) =>
        make(
          "p",
          {},
          query.find
            ? `No ${query.state ?? ""} file's name holds “${query.find}”.`
            : query.state
              ? `No file is ${query.state}.`
              : "No files yet.",
        ),
      columns: [
        { name: "name", label: "File", fill: (cell, file) => fillPath(cell, file.name) },
        {
          name: "state",
          label: "State",
          fill: (cell, file) => fillState(cell, file.state, fileStates[file.state] ?? file.state, file.failure),
        },
        {
          name: "progress",
          label: "Rows scored",
          number: true,
          fill: (cell, file) => fillMeter(cell, shareOf(file), count(file.scored), ` / ${count(file.rows)}`),
        },
        { name: "windows", label: "Windows", number: true, fill: (cell, file) => fillText(cell, windowsOf(file)) },
        {
          name: "attempts",
          label: "Attempts",
          number: true,
          fill: (cell, file) => fillText(cell, count(file.attempts)),
        },
        { name: "seconds", label: "Time", number: true, fill: (cell, file) => fillText(cell, duration(file.seconds)) },
        {
          name: "who",
          label: "Worker, shard or failure",
          fill: (cell, file) => fillText(cell, file.failure ?? ((file.workers ?? []).join(", ") || (file.shard ?? ""))),
        },
      ],
    });
    searchFor(this.table, "files-find");
    for (const input of byId("files-states").querySelectorAll("input"))
      input.addEventListener("change", () => this.table.ask({ state: input.value }));
    this.table.ask({});
  }

  refresh(): void {
    this.table.refresh();
    this.detail.refresh();
  }

  show({ files }: Snapshot): void {
    for (const state of ["all", "waiting", "working", "building", "done", "failed", "skipped"] as const)
      setText(byId(`files-${state}`), count(files[state]));
  }

  allowActions(canAct: boolean): void {
    this.canAct = canAct;
  }

  private async find(name: string): Promise<InputFile | undefined> {
    const known = this.table.find(name);
    if (known) return known;
    const page = await this.server.files({ offset: 0, limit: 20, find: name }, AbortSignal.timeout(5000));
    return page.items.find((file) => file.name === name);
  }

  private deeds({ name, state }: InputFile): Deed[] {
    const retry: Deed = {
      label: "Retry",
      title: `Retry ${name}?`,
      text: "It waits for a worker again, and its attempts are forgotten.",
      run: () => this.server.act("/api/files/retry", { file: name }),
    };
    const skip: Deed = {
      label: "Skip",
      title: `Skip ${name}?`,
      danger: true,
      reason: true,
      text: "The run goes on without it: no shard of it is written. Retry takes it in again.",
      run: (reason) => this.server.act("/api/files/skip", { file: name, reason }),
    };
    return state === "done" ? [] : state === "skipped" ? [retry] : state === "failed" ? [retry, skip] : [skip];
  }
}

function factsOf(file: InputFile): [string, string][] {
  return [
    ["State", fileStates[file.state] ?? file.state],
    ["Failure", file.failure ?? "none"],
    ["Rows scored", `${count(file.scored)} of ${count(file.rows)}`],
    ["Windows", windowsOf(file)],
    ["Attempts", count(file.attempts)],
    ["Time", duration(file.seconds)],
    ["Workers", (file.workers ?? []).join(", ") || "none"],
    ["Shard", file.shard ?? "none yet"],
  ];
}

function shareOf(file: InputFile): number | null {
  return file.state === "done" ? 1 : share(file.scored, file.rows);
}

function windowsOf(file: InputFile): string {
  return file.windows ? `${count(file.windows.done)} / ${count(file.windows.all)}` : "–";
}
