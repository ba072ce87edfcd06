import { seriesNames, type History, type SeriesName, type Snapshot } from "./contract.js";

type Point = number | null;

const mostPoints = 600;

/** What was measured since the run began: the coordinator's history, and each snapshot since. */
export class Past {
  /** Seconds since 1970, one for each point. */
  times: number[] = [];
  series = emptySeries();
  private step = 1;
  private gathered: Snapshot[] = [];
  private gatheredFrom = 0;

  /** Takes what the coordinator remembers; what was seen of one before it, which that cannot know, stays. */
  replace(history: History): void {
    const longest = Math.max(0, ...seriesNames.map((name) => history.series[name]?.length ?? 0));
    const start = history.start ? Date.parse(history.start) / 1000 : Infinity;
    this.step = history.step > 0 ? history.step : 1;
    const times = Array.from({ length: longest }, (_, index) => start + index * this.step);
    const earlier = this.times.filter((time) => time < start);
    // Nothing is known of the time between the two.
    const gap = earlier.length > 0 && times.length > 0 ? [(earlier.at(-1)! + start) / 2] : [];
    for (const name of seriesNames)
      this.series[name] = [
        ...this.series[name].slice(0, earlier.length),
        ...gap.map(() => null),
        ...times.map((_, index) => history.series[name]?.[index] ?? null),
      ];
    this.times = [...earlier, ...gap, ...times];
    this.gathered = [];
    while (this.times.length > mostPoints) this.halve();
  }

  /** A point is the mean of the snapshots within its step. */
  add(snapshot: Snapshot): void {
    const time = Date.parse(snapshot.time) / 1000;
    if (this.gathered.length === 0) this.gatheredFrom = time;
    this.gathered.push(snapshot);
    if (time - this.gatheredFrom < this.step - 1.5 || time <= (this.times.at(-1) ?? 0)) return;
    this.times.push(time);
    for (const name of seriesNames) this.series[name].push(mean(this.gathered.map((each) => valueOf(each, name))));
    this.gathered = [];
    if (this.times.length > mostPoints) this.halve();
  }

  /** From which point on the last seconds are; 0 where all are asked for. */
  from(seconds: number): number {
    const last = this.times.at(-1);
    if (last === undefined || !Number.isFinite(seconds)) return 0;
    const first = this.times.findIndex((time) => time >= last - seconds);
    return Math.max(0, first);
  }

  private halve(): void {
    const pairs = (values: Point[]): Point[] =>
      values.flatMap((value, index) => (index % 2 === 1 ? [mean([values[index - 1] ?? null, value])] : []));
    this.times = this.times.filter((_, index) => index % 2 === 1);
    for (const name of seriesNames) this.series[name] = pairs(this.series[name]);
    this.step *= 2;
  }
}

function emptySeries(): Record<SeriesName, Point[]> {
  return { documents: [], tokens: [], deviceUse: [], deviceUseLow: [], deviceUseHigh: [], memory: [] };
}

function valueOf(snapshot: Snapshot, name: SeriesName): Point {
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

function mean(values: Point[]): Point {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
