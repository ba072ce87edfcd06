import { byId, remembered, setText } from "../dom.js";
import { mark, rate, short, wholePercent } from "../format.js";
import type { Past } from "../past.js";
import { TimeChart } from "./timeChart.js";

const ranges: Record<string, number> = { "600": 600, "3600": 3600, all: Infinity };

/** Documents and tokens a second, use and memory of the devices, over the chosen time. */
export class Rates {
  private readonly documents = new TimeChart({
    id: "chart-documents",
    what: "Documents a second",
    scale: "rate",
    text: rate,
    axis: mark,
  });
  private readonly tokens = new TimeChart({
    id: "chart-tokens",
    what: "Tokens a second",
    scale: "rate",
    text: short,
    axis: mark,
  });
  private readonly use = new TimeChart({
    id: "chart-use",
    what: "Use of the devices, median",
    scale: "ratio",
    text: wholePercent,
    axis: wholePercent,
  });
  private readonly memory = new TimeChart({
    id: "chart-memory",
    what: "Memory of the devices, median",
    scale: "ratio",
    text: wholePercent,
    axis: wholePercent,
  });
  private seconds: number;

  constructor(private readonly past: Past) {
    const chosen = remembered.get("range") ?? "3600";
    this.seconds = ranges[chosen] ?? 3600;
    for (const input of byId("ranges").querySelectorAll("input")) {
      input.checked = ranges[input.value] === this.seconds;
      input.addEventListener("change", () => this.choose(input.value));
    }
  }

  show(): void {
    const from = this.past.from(this.seconds);
    const { times, series } = this.past;
    const shown = times.slice(from);
    const none: [number[], number[]] = [[], []];
    this.documents.show(shown, series.documents.slice(from), none);
    this.tokens.show(shown, series.tokens.slice(from), none);
    this.use.show(shown, series.deviceUse.slice(from), [
      series.deviceUseLow.slice(from),
      series.deviceUseHigh.slice(from),
    ]);
    this.memory.show(shown, series.memory.slice(from), none);
  }

  draw(): void {
    for (const chart of [this.documents, this.tokens, this.use, this.memory]) chart.draw();
  }

  /** "GPU use" where the fleet has GPUs. */
  name(deviceKind: string): void {
    setText(byId("name-use"), `${deviceKind} use`);
    setText(byId("name-memory"), `${deviceKind} memory`);
  }

  private choose(range: string): void {
    this.seconds = ranges[range] ?? Infinity;
    remembered.set("range", range);
    this.show();
  }
}
