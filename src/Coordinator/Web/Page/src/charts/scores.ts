import type { Histogram, Run, Snapshot } from "../contract.js";
import { byId, make, makeSvg, setAttributes, setText } from "../dom.js";
import { count, kept, percent, share, wholePercent } from "../format.js";

const bins = 51;
const thresholds = Array.from({ length: 11 }, (_, index) => index / 2);

/** How many rows have which score, and how many would be kept from a threshold on. */
export class Scores {
  private readonly bars = Array.from({ length: bins }, () => makeSvg("rect", { width: 0.84 }));
  private readonly kept: HTMLElement[] = [];
  private readonly slider = byId<HTMLInputElement>("threshold");
  private histogram: Histogram | null = null;
  private runsOwn: number | null = null;
  private chosen = false;

  constructor() {
    byId("histogram").append(...this.bars);
    this.bars.forEach((bar, index) => setAttributes(bar, { x: index + 0.08, y: 100, height: 0 }));
    for (const threshold of thresholds) {
      const value = make("span", { class: "kept-share" }, "–");
      this.kept.push(value);
      byId("kept-shares").append(
        make("li", {}, make("span", { class: "kept-from" }, `≥ ${threshold.toFixed(1)}`), value),
      );
    }
    this.slider.addEventListener("input", () => {
      this.chosen = true;
      this.mark();
    });
  }

  /** The threshold of the run is where the slider stands until someone moves it. */
  name(run: Run): void {
    this.runsOwn = run.threshold ?? null;
    setText(byId("runs-threshold"), `This run keeps ${kept(run.keep, run.threshold)}`);
    if (!this.chosen && this.runsOwn !== null) this.slider.value = String(this.runsOwn);
    this.mark();
  }

  show(snapshot: Snapshot): void {
    this.histogram = snapshot.histogram ?? null;
    const counts = this.histogram?.counts ?? [];
    const most = Math.max(1, ...counts);
    this.bars.forEach((bar, index) => {
      const rows = counts[index] ?? 0;
      // A bin that has any rows is seen.
      const height = rows > 0 ? Math.max(0.8, (100 * rows) / most) : 0;
      setAttributes(bar, { y: (100 - height).toFixed(2), height: height.toFixed(2) });
    });
    byId("scores").classList.toggle("empty", !counts.some((rows) => rows > 0));
    setText(
      byId("scores-missing"),
      snapshot.histogram || snapshot.rows.scored === 0 ? "No scores yet" : "Not told by this coordinator",
    );
    this.mark();
  }

  private mark(): void {
    const threshold = Number(this.slider.value);
    const all = this.histogram?.counts.reduce((sum, rows) => sum + rows, 0) ?? 0;
    this.bars.forEach((bar, index) => bar.classList.toggle("kept", index / 10 >= threshold - 0.001));
    thresholds.forEach((each, index) => {
      const item = this.kept[index]!;
      setText(item, wholePercent(share(this.histogram?.keptAt[index], all)));
      item.parentElement!.classList.toggle("chosen", each === threshold);
    });
    const rows = this.histogram?.keptAt[Math.round(threshold * 2)];
    const ratio = share(rows, all);
    const text = `${count(rows)} rows, ${percent(ratio)}`;
    setText(byId("kept-rows"), text);
    setAttributes(this.slider, { "aria-valuetext": `${threshold.toFixed(1)}: ${text}` });
    setText(byId("threshold-value"), `≥ ${threshold.toFixed(1)}`);
  }
}
