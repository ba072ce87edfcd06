import type { RunState, Snapshot } from "./contract.js";
import { byId, icon, setAttributes, setMeter, setText } from "./dom.js";
import { count, counted, duration, moment, percent, price, rate, share, short, size, whole, wholePercent } from "./format.js";

const states: Record<RunState, string> = {
  running: "Running",
  paused: "Paused",
  settling: "Settling",
  standstill: "Standstill",
  finished: "Finished",
  stopped: "Stopped",
};

const explanations: Partial<Record<RunState, string>> = {
  paused: "No work is handed out. What is in work goes on.",
  settling: "Waiting for the first workers, to take the dtype that the best of them does well.",
  standstill: "No worker can go on. The workers below say why.",
};

/** How far the run is: the first thing that is seen. */
export class Progress {
  private shownState = "";

  show(snapshot: Snapshot): void {
    const { rows, files } = snapshot;
    const done = share(rows.scored, rows.all) ?? share(files.done + files.failed + files.skipped, files.all);
    this.showState(snapshot);
    setText(byId("percent"), percent(done));
    setText(byId("rows"), `${count(rows.scored)} of ${rows.all ? count(rows.all) : "unknown"} rows`);
    setText(byId("elapsed"), `${duration(snapshot.elapsedSeconds)} so far`);
    setMeter(byId("bar-fill"), done);
    setAttributes(byId("bar"), {
      "aria-valuenow": Math.round((done ?? 0) * 1000) / 10,
      "aria-valuetext": `${percent(done)}, ${remaining(snapshot)}`,
    });
    this.showTime(snapshot);
    this.showFigures(snapshot);
  }

  private showState({ state, stateText, safe, workers }: Snapshot): void {
    if (state !== this.shownState) {
      const badge = byId("state");
      badge.className = `state state-${state}`;
      badge.replaceChildren(icon(state), states[state] ?? state);
    }
    this.shownState = state;
    const text =
      stateText ||
      explanations[state] ||
      (state === "running" && workers.connected === 0 ? "No worker is connected." : "");
    setText(byId("state-text"), text || safe || "");
    byId("state-text").classList.toggle("trouble", state === "standstill" || state === "stopped");
  }

  private showTime(snapshot: Snapshot): void {
    const { remainingSeconds: left, remainingLow: low, remainingHigh: high } = snapshot;
    const isOver = snapshot.state === "finished" || snapshot.state === "stopped";
    setText(byId("remaining"), isOver ? (states[snapshot.state] ?? "") : left == null ? "–" : `${duration(left)} left`);
    const now = new Date(snapshot.time);
    const end = left === null || left === undefined ? null : new Date(now.getTime() + 1000 * left);
    const about = end && `done about ${moment(end, now)}`;
    const between = low != null && high != null && `between ${duration(low)} and ${duration(high)}`;
    const unknown = isOver ? `after ${duration(snapshot.elapsedSeconds)}` : "how long it will take is not known yet";
    setText(byId("remaining-range"), isOver ? unknown : [between, about].filter(Boolean).join(" · ") || unknown);
  }

  private showFigures(snapshot: Snapshot): void {
    const { rows, files, bytes, workers, cost } = snapshot;
    figure(
      "documents",
      rate(snapshot.documentsPerSecond),
      snapshot.busy?.median == null ? "" : `devices busy ${wholePercent(snapshot.busy.median)}`,
    );
    figure("tokens", short(snapshot.tokensPerSecond), `${short(snapshot.tokens)} in all`);
    figure(
      "kept",
      whole(rows.kept),
      rows.scored > 0 ? `${percent(share(rows.kept, rows.scored))} of those scored` : "none scored yet",
    );
    const inWork = files.working + files.building;
    figure(
      "files",
      count(files.done),
      `of ${count(files.all)}; ${count(inWork)} in work, ${count(files.waiting)} waiting`,
    );
    figure("bytes", size(bytes.done), bytes.all ? `of ${size(bytes.all)} read` : "read");
    figure("failed", count(files.failed), `files; ${counted(rows.unscorable, "row")} without a score`);
    byId("figure-failed").classList.toggle("trouble", files.failed > 0);
    const away = [
      workers.quarantined && `${count(workers.quarantined)} quarantined`,
      workers.lost && `${count(workers.lost)} lost`,
    ];
    figure(
      "workers",
      count(workers.connected),
      `of ${count(workers.all)}; ${away.filter(Boolean).join(", ") || "none in trouble"}`,
    );
    byId("figure-workers").classList.toggle("trouble", workers.quarantined > 0);
    const toEnd = cost?.toEnd == null ? "" : `${price(cost.toEnd)} to the end, `;
    figure("cost", price(cost?.soFar), cost ? toEnd + `${price(cost.perHour)} an hour` : "give --price-per-hour");
  }
}

function remaining({ remainingSeconds }: Snapshot): string {
  return remainingSeconds == null ? "time left unknown" : `${duration(remainingSeconds)} left`;
}

function figure(name: string, value: string, note: string): void {
  const place = byId(`figure-${name}`);
  setText(place.querySelector(".figure-value")!, value);
  setText(place.querySelector(".figure-note")!, note);
}
