// What the coordinator answers. Times are ISO-8601 in UTC, rates a second, ratios 0..1; the unknown is null or absent.

type Maybe<T> = T | null | undefined;

export type RunState = "running" | "paused" | "settling" | "standstill" | "finished" | "stopped";

/** Median and quartiles over the fleet. */
export interface Spread {
  median: Maybe<number>;
  low?: Maybe<number>;
  high?: Maybe<number>;
}

/** Shares of the workers' time; what is missing to 1 they were idle. */
export interface Phases {
  device: number;
  reader?: Maybe<number>;
  tokenizer?: Maybe<number>;
  writer?: Maybe<number>;
  network?: Maybe<number>;
}

export interface Snapshot {
  time: string;
  elapsedSeconds: number;
  state: RunState;
  stateText?: Maybe<string>;
  files: {
    all: number;
    done: number;
    failed: number;
    working: number;
    building: number;
    waiting: number;
    skipped: number;
  };
  rows: { all: Maybe<number>; scored: number; kept: number; unscorable: number };
  tokens: number;
  bytes: { all?: Maybe<number>; done?: Maybe<number> };
  documentsPerSecond: Maybe<number>;
  tokensPerSecond: Maybe<number>;
  remainingSeconds?: Maybe<number>;
  remainingLow?: Maybe<number>;
  remainingHigh?: Maybe<number>;
  cost?: Maybe<{ perHour: number; soFar: number; toEnd: Maybe<number> }>;
  workers: { all: number; connected: number; quarantined: number; leaving: number; lost: number };
  /** "GPU" or "CPU", as most workers' devices are. */
  deviceKind?: Maybe<string>;
  deviceUse?: Maybe<Spread>;
  memoryUse?: Maybe<Spread>;
  busy?: Maybe<Spread>;
  phases?: Maybe<Phases>;
  padding?: Maybe<number>;
  histogram?: Maybe<Histogram>;
  safe?: Maybe<string>;
  lastEvent: number;
}

export interface Histogram {
  /** Rows in 51 bins of 0.1 from 0.0; the last holds scores of 5.0 and above. */
  counts: number[];
  /** Rows with a score of at least 0, 0.5, … 5. */
  keptAt: number[];
}

export interface History {
  /** Seconds between two points. */
  step: number;
  /** Time of the first point. */
  start: Maybe<string>;
  series: Partial<Record<SeriesName, Maybe<number>[]>>;
}

export const seriesNames = ["documents", "tokens", "deviceUse", "deviceUseLow", "deviceUseHigh", "memory"] as const;
export type SeriesName = (typeof seriesNames)[number];

export type WorkerState = "working" | "idle" | "quarantined" | "leaving" | "lost" | "paused";

export interface Worker {
  name: string;
  device: string;
  numericClass?: Maybe<string>;
  state: WorkerState;
  stateText?: Maybe<string>;
  rate?: Maybe<number>;
  busy?: Maybe<number>;
  phases?: Maybe<Phases>;
  use?: Maybe<number>;
  memoryUsed?: Maybe<number>;
  memoryTotal?: Maybe<number>;
  watts?: Maybe<number>;
  celsius?: Maybe<number>;
  rows: number;
  failures: number;
  lastProgressSeconds?: Maybe<number>;
  batchesInFlight?: Maybe<number>;
  work?: Maybe<{ file: string; building: boolean; scored: Maybe<number>; rows: Maybe<number> }[]>;
}

export type FileState = "waiting" | "working" | "building" | "done" | "failed" | "skipped";

export interface InputFile {
  name: string;
  state: FileState;
  rows?: Maybe<number>;
  scored?: Maybe<number>;
  windows?: Maybe<{ all: Maybe<number>; done: number }>;
  workers?: Maybe<string[]>;
  attempts?: Maybe<number>;
  shard?: Maybe<string>;
  failure?: Maybe<string>;
  seconds?: Maybe<number>;
}

export interface Page<T> {
  total: number;
  items: T[];
}

export interface Documents {
  items: { score: number; text: string; file: string; row: number }[];
  note?: Maybe<string>;
}

export interface RunEvent {
  seq: number;
  time: string;
  kind: string;
  text: string;
  worker?: Maybe<string>;
  file?: Maybe<string>;
}

export interface Run {
  name: string;
  model: string;
  revision?: Maybe<string>;
  dtype?: Maybe<string>;
  version: string;
  output: string;
  /** Typed again, it goes on with the run. */
  command: string;
  options?: Maybe<Record<string, unknown>>;
  /** The score from which a row is kept; null keeps all. */
  threshold?: Maybe<number>;
  /** The same as it was typed: "int3". */
  keep?: Maybe<string>;
  pricePerHour?: Maybe<number>;
  csrf?: Maybe<string>;
  canAct: boolean;
}

/** How the run ended. */
export interface Gone {
  state: "finished" | "stopped";
  reason?: Maybe<string>;
}
