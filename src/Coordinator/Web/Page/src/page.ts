import { FleetPhases } from "./charts/phases.js";
import { Rates } from "./charts/rates.js";
import { Scores } from "./charts/scores.js";
import { Connection } from "./connection.js";
import type { Run, Snapshot } from "./contract.js";
import { ConfirmDialog } from "./dialogs/confirm.js";
import { Toast } from "./dialogs/toast.js";
import { DocumentsByScore } from "./documents.js";
import { byId, setText } from "./dom.js";
import { Events } from "./events.js";
import { percent, share } from "./format.js";
import { listenToKeys } from "./keys.js";
import { Notice } from "./notice.js";
import { Past } from "./past.js";
import { Progress } from "./progress.js";
import { RunFacts } from "./runFacts.js";
import { Refused, Server } from "./server.js";
import { Files } from "./tables/files.js";
import { Workers } from "./tables/workers.js";
import { switchThemes } from "./themes.js";

const tablesEvery = 2_000;

/** The whole page: one snapshot a second goes to all of its parts. */
class WatchedRun {
  private readonly server = new Server();
  private readonly toast = new Toast();
  private readonly confirm = new ConfirmDialog(this.toast, () => this.refreshTables());
  private readonly past = new Past();
  private readonly rates = new Rates(this.past);
  private readonly scores = new Scores();
  private readonly workers = new Workers(this.server, this.confirm);
  private readonly files = new Files(this.server, this.confirm);
  private readonly facts = new RunFacts(this.toast);
  private readonly parts = [
    new Progress(),
    new FleetPhases(),
    this.scores,
    this.workers,
    this.files,
    new Events(this.server),
  ];
  private readonly connection = new Connection({
    back: () => {
      this.isKnown = false;
    },
    snapshot: (snapshot) => this.take(snapshot),
    link: (link) => this.notice.show(link),
    whyNot: () => this.whyNot(),
  });
  private readonly notice = new Notice(() => this.connection.tryNow());
  private run: Run | null = null;
  private latest: Snapshot | null = null;
  private tablesAt = 0;
  /** Whether the run's facts and its past are those of the coordinator that answers now. */
  private isKnown = false;

  begin(): void {
    new DocumentsByScore(this.server);
    listenToKeys();
    switchThemes(() => this.rates.draw());
    byId("pause").addEventListener("click", () => this.askToPause());
    document.addEventListener("visibilitychange", () => this.show());
    this.connection.start();
  }

  private take(snapshot: Snapshot): void {
    this.latest = snapshot;
    this.past.add(snapshot);
    this.show();
    if (!this.isKnown) void this.recall();
  }

  /** A page in the background draws nothing; it is drawn when it comes to the front. */
  private show(): void {
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

  private refreshTables(): void {
    this.tablesAt = Date.now();
    this.workers.refresh();
    this.files.refresh();
  }

  /** After silence all that was known may be another: the run's facts, its token, the past. */
  private async recall(): Promise<void> {
    this.isKnown = true;
    try {
      const [run, history] = await Promise.all([this.server.run(), this.server.history()]);
      // Another version of the coordinator brings another page.
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
      this.isKnown = false; // The next snapshot asks again
    }
  }

  private async whyNot(): Promise<string | null> {
    try {
      await this.server.run();
    } catch (error) {
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) return error.message;
    }
    return null;
  }

  private askToPause(): void {
    const isPaused = this.latest?.state === "paused";
    this.confirm.ask(
      isPaused
        ? {
            label: "Resume",
            title: "Resume the run?",
            text: "Work is handed out again.",
            run: () => this.server.act("/api/resume", {}),
          }
        : {
            label: "Pause",
            title: "Pause the run?",
            text: "No more work is handed out. What is in work goes on; nothing is lost.",
            run: () => this.server.act("/api/pause", {}),
          },
    );
  }
}

new WatchedRun().begin();
