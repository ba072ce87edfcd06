import { byId, setAttributes, setText } from "../dom.js";
import { clock } from "../format.js";

export interface Plan {
  /** Of the card in index.html, which holds `.plot`, `.now` and `.when`. */
  id: string;
  /** What is measured, for who does not see it. */
  what: string;
  /** A ratio is drawn from 0 to 1; a rate from 0 to a little above its highest. */
  scale: "ratio" | "rate";
  text(value: number | null): string;
  axis(value: number): string;
}

/** A run that has just begun is not stretched over the whole width. */
const leastSeconds = 60;

/** Seconds. A look at the run that came late leaves a point out, which is no gap worth seeing. */
const shortGap = 5;

type Column = (number | null)[];

/** A line over time, with a band around it where quartiles are given. The pointer of one is that of all. */
export class TimeChart {
  private readonly card: HTMLElement;
  private readonly plot: HTMLElement;
  private chart: uPlot | null = null;
  private data: uPlot.AlignedData = [[], [], [], []];

  constructor(private readonly plan: Plan) {
    this.card = byId(plan.id);
    this.plot = this.card.querySelector<HTMLElement>(".plot")!;
    new ResizeObserver(() => this.fit()).observe(this.plot);
  }

  /** @param band Low and high quartile, or two empty columns. */
  show(times: number[], line: Column, band: [Column, Column]): void {
    this.data = [times, line, this.filled(band[0], times), this.filled(band[1], times)];
    this.card.classList.toggle("empty", !line.some((value) => value !== null));
    if (this.chart && times.length > 0) this.chart.setData(this.data);
    else this.draw();
    this.describe();
  }

  /** Draws anew: a theme's colours are those of the canvas, too. */
  draw(): void {
    this.chart?.destroy();
    this.chart = null;
    const { width, height } = this.room();
    if (width < 40 || this.data[0].length === 0) return;
    this.chart = new uPlot(this.options(width, height), this.data, this.plot);
  }

  private filled(column: Column, times: number[]): Column {
    return column.length === times.length ? column : times.map(() => null);
  }

  private room(): { width: number; height: number } {
    return { width: Math.floor(this.plot.clientWidth), height: Math.floor(this.plot.clientHeight) };
  }

  private fit(): void {
    const { width, height } = this.room();
    if (!this.chart) this.draw();
    else if (this.chart.width !== width || this.chart.height !== height) this.draw();
  }

  private options(width: number, height: number): uPlot.Options {
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => this.colour(name);
    const rem = parseFloat(style.fontSize);
    const font = `${Math.round(rem * 0.75)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis: uPlot.Axis = {
      font,
      stroke: colour("--quiet"),
      ticks: { show: false },
      grid: { stroke: colour("--hair"), width: 1 },
    };
    const gaps: uPlot.Series.GapsRefiner = (chart, _, __, ___, found) =>
      found.filter(([from, to]) => chart.posToVal(to, "x", true) - chart.posToVal(from, "x", true) > shortGap);
    const edge: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false }, gaps };
    return {
      width,
      height,
      legend: { show: false },
      padding: [rem * 0.5, rem * 0.5, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: "time" }, points: { size: 8 } },
      scales: {
        x: { time: true, range: (_, first, last) => [Math.min(first, last - leastSeconds), last] },
        y: { range: (_, __, high) => [0, this.top(high)] },
      },
      axes: [
        { ...axis, grid: { show: false }, size: rem * 1.6, space: rem * 5, values: (_, ticks) => this.hours(ticks) },
        { ...axis, size: rem * 3.1, gap: 6, space: rem * 2.4, values: (_, ticks) => ticks.map(this.plan.axis) },
      ],
      series: [
        {},
        {
          stroke: colour("--accent"),
          width: 2,
          points: { show: false },
          gaps,
          ...(this.plan.scale === "rate" ? { fill: colour("--accent-wash") } : {}),
        },
        edge,
        edge,
      ],
      bands: [{ series: [3, 2], fill: colour("--accent-band") }],
      hooks: { setCursor: [() => this.describe()] },
    };
  }

  /** A canvas takes no variable, and no pair of colours of which the theme chooses. */
  private colour(name: string): string {
    this.plot.style.color = `var(${name})`;
    const { color } = getComputedStyle(this.plot);
    this.plot.style.color = "";
    return color;
  }

  private top(highest: number): number {
    return this.plan.scale === "ratio" ? 1 : Math.max(10, highest * 1.12);
  }

  private hours(ticks: number[]): string[] {
    const withSeconds = ticks.some((tick) => tick % 60 !== 0);
    return ticks.map((tick) => clock(new Date(tick * 1000), withSeconds));
  }

  /** The value under the pointer, or the last one. */
  private describe(): void {
    const index = this.chart?.cursor.idx ?? null;
    const [times, line, low, high] = this.data as unknown as [number[], Column, Column, Column];
    const at = index ?? line.findLastIndex((value) => value !== null);
    const [value, time] = [line[at] ?? null, times[at]];
    const [from, to] = [low[at] ?? null, high[at] ?? null];
    setText(this.card.querySelector(".now")!, this.plan.text(value));
    const quartiles = from !== null && to !== null ? `${this.plan.text(from)} – ${this.plan.text(to)}` : "";
    const kind =
      this.plan.scale === "rate" || value === null ? "" : quartiles ? `median; quartiles ${quartiles}` : "median";
    const when = index !== null && time !== undefined ? clock(new Date(time * 1000)) : "";
    setText(this.card.querySelector(".when")!, [kind, when].filter(Boolean).join(" · "));
    if (index === null) this.tell(line, quartiles);
  }

  private tell(line: Column, quartiles: string): void {
    const known = line.filter((value) => value !== null);
    const last = known.at(-1) ?? null;
    const range =
      known.length > 1
        ? `; over the time shown from ${this.plan.text(Math.min(...known))} to ${this.plan.text(Math.max(...known))}`
        : "";
    const half = quartiles ? `, half of the workers within ${quartiles}` : "";
    const now = last === null ? "nothing measured yet" : `now ${this.plan.text(last)}${half}${range}`;
    setAttributes(this.plot, { "aria-label": `${this.plan.what}: ${now}` });
  }
}
