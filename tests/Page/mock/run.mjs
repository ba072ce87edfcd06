import { seeded } from "./random.mjs";
import { texts } from "./texts.mjs";

/** What a run may be like. Names and texts of "hostile" try to be markup. */
export const scenarios = {
  normal: { workers: 12, files: 250, share: 0.417 },
  fresh: { workers: 0, files: 250, share: 0 },
  fleet: { workers: 2000, files: 50_000, share: 0.283 },
  standstill: { workers: 6, files: 40, share: 0.62, state: "standstill", sick: 6 },
  finished: { workers: 12, files: 250, share: 1, state: "finished" },
  hostile: { workers: 6, files: 30, share: 0.3, sick: 2, markup: '<img src=x onerror="window.broken=1">' },
};

const rowsOfAFile = 1_048_576;
const reasons = [
  "its device has failed: CUDA error 719, unspecified launch failure",
  "it failed three times in a row on two files: cannot read /mnt/scratch: Input/output error",
];

/** A simulated run at one moment: the same for the same scenario, seed and second. */
export class SimulatedRun {
  constructor(name, seed = 7) {
    this.scenario = { sick: 0, state: "running", markup: "", ...scenarios[name] };
    this.name = name;
    this.seed = seed;
    this.tick = 0;
    this.paused = false;
    this.started = Date.parse("2026-11-28T08:14:00Z");
    this.marks = new Map();
    this.events = firstEvents(this.scenario, this.now());
  }

  now() {
    return new Date(this.started + (11_520 + this.tick) * 1000);
  }

  state() {
    return this.paused ? "paused" : this.scenario.state;
  }

  isActive() {
    return this.state() === "running" && this.scenario.workers > 0;
  }

  worker(index) {
    const random = seeded(this.seed * 7919 + index * 104729 + Math.floor(this.tick / 2));
    random();
    const fixed = seeded(this.seed * 31 + index * 1299709);
    fixed();
    const { markup, sick, workers } = this.scenario;
    const name = `gpu-${String(index + 1).padStart(workers > 999 ? 4 : 3, "0")}/cuda${index % 4}${markup}`;
    const total = index % 5 === 4 ? 85_899_345_920 : 25_769_803_776;
    const state =
      this.marks.get(name) ??
      (index < sick ? "quarantined" : fixed() < 0.015 ? "lost" : this.paused ? "paused" : "working");
    const works = state === "working" && this.isActive();
    const use = works ? Math.min(1, 0.93 + 0.06 * random() - (index % 17 === 3 ? 0.3 * random() : 0)) : 0;
    const reader = works ? 0.006 + 0.02 * random() : 0;
    return {
      name,
      device: `${index % 5 === 4 ? "NVIDIA A100-SXM4-80GB" : "NVIDIA A10G"}${markup}`,
      numericClass: `${index % 5 === 4 ? "sm_80" : "sm_86"};libtorch 2.10.0;cuda 12.8;fused-1`,
      state,
      stateText: state === "quarantined" ? reasons[index % 2] + markup : null,
      rate: works ? (index % 5 === 4 ? 1480 : 612) * (0.96 + 0.08 * random()) : 0,
      busy: works ? use : 0,
      phases: works
        ? {
            device: use * 0.97,
            reader,
            tokenizer: 0.004 + 0.01 * random(),
            writer: 0.003,
            network: 0.006,
          }
        : { device: 0, reader: 0, tokenizer: 0, writer: 0, network: 0 },
      use: state === "lost" ? null : use,
      memoryUsed: state === "lost" ? null : total * (works ? 0.52 + 0.08 * fixed() : 0.06),
      memoryTotal: total,
      watts: state === "lost" ? null : works ? 210 + 70 * random() : 38,
      celsius: state === "lost" ? null : works ? 61 + 12 * random() : 34,
      rows: Math.round(2_000_000 * (0.5 + fixed())),
      failures: index < sick ? 3 : fixed() < 0.05 ? 1 : 0,
      lastProgressSeconds: works ? random() * 1.4 : 214,
      batchesInFlight: works ? 3 : 0,
      work: works
        ? [
            {
              file: fileName(index, markup),
              building: index % 11 === 7,
              scored: Math.round(rowsOfAFile * random()),
              rows: rowsOfAFile,
            },
          ]
        : [],
    };
  }

  workers(most = Infinity) {
    return Array.from({ length: Math.min(most, this.scenario.workers) }, (_, index) => this.worker(index));
  }

  file(index) {
    const { files, share, markup, workers } = this.scenario;
    const [done, name] = [Math.floor(files * share), fileName(index, markup)];
    const failed = share > 0 && index % 97 === 41 && index < done;
    const skipped = share > 0 && index % 1103 === 60 && index < done;
    const isWorking = index >= done && index < done + workers && this.scenario.state !== "finished";
    const state =
      this.marks.get(name) ??
      (failed
        ? "failed"
        : skipped
          ? "skipped"
          : index < done
            ? "done"
            : isWorking
              ? index % 11 === 7
                ? "building"
                : "working"
              : "waiting");
    const scored =
      state === "done" || state === "building"
        ? rowsOfAFile
        : state === "working"
          ? Math.round((rowsOfAFile * ((index * 37) % 100)) / 100)
          : 0;
    return {
      name,
      state,
      rows: rowsOfAFile,
      scored,
      windows: { all: 64, done: Math.floor((scored / rowsOfAFile) * 64) },
      workers: isWorking ? [this.worker(index - done).name] : [],
      attempts: failed ? 3 : state === "waiting" ? 0 : 1,
      shard:
        state === "done"
          ? `data/train-${String(index).padStart(5, "0")}-of-${String(files).padStart(5, "0")}.parquet`
          : null,
      failure: failed
        ? `row group 3 of column text is damaged: unexpected end of page (seen by two machines)${markup}`
        : null,
      seconds: state === "done" ? 1700 + (index % 60) : null,
    };
  }

  files() {
    return Array.from({ length: this.scenario.files }, (_, index) => this.file(index));
  }

  snapshot() {
    const { files, share } = this.scenario;
    const all = files * rowsOfAFile;
    // A sample of a large fleet gives its quartiles as well.
    const workers = this.workers(200);
    const uses = workers.filter((worker) => worker.state === "working").map((worker) => worker.use);
    const perSecond =
      (this.isActive() ? this.scenario.workers / Math.max(1, workers.length) : 0) *
      sum(workers.map((worker) => worker.rate));
    const scored = Math.min(all, Math.round(all * share + (this.isActive() ? this.tick * perSecond : 0)));
    const left = perSecond > 0 ? (all - scored) / perSecond : null;
    const counted = this.countFiles();
    const histogram = histogramOf(scored);
    const fleet = this.countWorkers(workers);
    return {
      time: this.now().toISOString(),
      elapsedSeconds: 11_520 + this.tick,
      state: this.state(),
      stateText:
        this.state() === "standstill"
          ? "All workers are quarantined. Machines that failed are tried again in 3 min; or allow one, when it is mended."
          : null,
      files: { all: files, ...counted },
      rows: { all, scored, kept: histogram.keptAt[5], unscorable: Math.round(scored / 41_000_000) },
      tokens: scored * 412,
      bytes: { all: all * 2100, done: scored * 2100 },
      documentsPerSecond: perSecond,
      tokensPerSecond: perSecond * 412,
      remainingSeconds: left,
      remainingLow: left && left * 0.93,
      remainingHigh: left && left * 1.12,
      cost: {
        perHour: this.scenario.workers * 1.006,
        soFar: this.scenario.workers * 3.22,
        toEnd: left && this.scenario.workers * (3.22 + (left / 3600) * 1.006),
      },
      workers: fleet,
      deviceKind: "GPU",
      deviceUse: quartiles(uses),
      memoryUse: quartiles(
        workers.filter((worker) => worker.memoryUsed).map((worker) => worker.memoryUsed / worker.memoryTotal),
      ),
      busy: quartiles(uses),
      phases: meanPhases(workers),
      padding: 0,
      histogram,
      safe: "Every score of finished batches is in the ledger.",
      lastEvent: this.events.length,
    };
  }

  countFiles() {
    const counts = { done: 0, failed: 0, working: 0, building: 0, waiting: 0, skipped: 0 };
    if (!this.fileCounts || this.marks.size > 0) {
      for (const file of this.files()) counts[file.state]++;
      this.fileCounts = counts;
    }
    return this.fileCounts;
  }

  countWorkers(sample) {
    const all = this.scenario.workers;
    const scale = (state) =>
      Math.round((sample.filter((worker) => worker.state === state).length * all) / Math.max(1, sample.length));
    const lost = scale("lost");
    return { all, connected: all - lost, quarantined: scale("quarantined"), leaving: scale("leaving"), lost };
  }

  history() {
    const [points, step] = this.scenario.workers === 0 ? [0, 1] : [480, 24];
    const random = seeded(this.seed * 17);
    const snapshot = this.snapshot();
    const noise = (spread) => 1 + spread * (random() - 0.5);
    const make = (value) => Array.from({ length: points }, (_, index) => value(index));
    const ramp = (index) => Math.min(1, 0.15 + index / 40) * (index > 300 && index < 316 ? 0.55 : 1);
    const level = Math.max(snapshot.documentsPerSecond, 800);
    return {
      step,
      start: new Date(this.now().getTime() - points * step * 1000).toISOString(),
      series: {
        documents: make((index) => level * ramp(index) * noise(0.06)),
        tokens: make((index) => level * 412 * ramp(index) * noise(0.06)),
        deviceUse: make((index) => Math.min(1, 0.955 * Math.sqrt(ramp(index)) * noise(0.03))),
        deviceUseLow: make((index) => 0.87 * ramp(index) * noise(0.06)),
        deviceUseHigh: make((index) => Math.min(1, 0.98 * Math.sqrt(ramp(index)) * noise(0.01))),
        memory: make((index) => 0.56 * Math.min(1, 0.3 + index / 12) * noise(0.01)),
      },
    };
  }

  documents(band, count) {
    const random = seeded(this.seed + band * 101);
    random();
    if (this.scenario.share === 0) return { items: [], note: "No file has been scored yet." };
    return {
      items: Array.from({ length: count }, (_, index) => ({
        score: Math.max(0, band - 0.5 + random()),
        text: texts[(band * 3 + index) % texts.length] + this.scenario.markup,
        file: fileName(index * 3, this.scenario.markup),
        row: Math.floor(random() * rowsOfAFile),
      })),
      note: null,
    };
  }

  happen(kind, text, worker = null, file = null) {
    this.events.push({ seq: this.events.length + 1, time: this.now().toISOString(), kind, text, worker, file });
  }
}

function fileName(index, markup) {
  return `data/CC-MAIN-2024-10/train-${String(index).padStart(5, "0")}-of-50000${markup}.parquet`;
}

function firstEvents({ workers, files, sick, share, markup }, now) {
  const events = [];
  const add = (ago, kind, text, worker = null, file = null) =>
    events.push({
      seq: events.length + 1,
      time: new Date(now.getTime() - ago * 1000).toISOString(),
      kind,
      text,
      worker,
      file,
    });
  add(11_500, "run_started", `${files} files, FineWeb-Edu classifier, keeps int3`);
  for (let index = 0; index < Math.min(workers, 8); index++)
    add(
      11_400 - index * 9,
      "worker_joined",
      "NVIDIA A10G, 24 GB, bf16",
      `gpu-00${index + 1}/cuda${index % 4}${markup}`,
    );
  if (share > 0)
    for (let index = 0; index < 14; index++)
      add(
        1400 - index * 95,
        "file_done",
        `train-${String(index + 80).padStart(5, "0")} is done: 161,224 of 1,048,576 rows kept`,
        null,
        fileName(index + 80, markup),
      );
  if (sick > 0 || workers > 10) add(40, "worker_quarantined", reasons[0] + markup, `gpu-001/cuda0${markup}`);
  return workers === 0 ? events.slice(0, 1) : events;
}

function histogramOf(rows) {
  const weights = Array.from(
    { length: 51 },
    (_, bin) =>
      Math.exp(-(((bin / 10 - 1.05) / 0.55) ** 2) / 2) + 0.22 * Math.exp(-(((bin / 10 - 2.6) / 0.75) ** 2) / 2),
  );
  const whole = sum(weights);
  const counts = weights.map((weight) => Math.round((rows * weight) / whole));
  return { counts, keptAt: Array.from({ length: 11 }, (_, index) => sum(counts.slice(index * 5))) };
}

function quartiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

function meanPhases(workers) {
  const active = workers.filter((worker) => worker.state === "working");
  if (active.length === 0) return null;
  return Object.fromEntries(
    Object.keys(active[0].phases).map((name) => [
      name,
      sum(active.map((worker) => worker.phases[name])) / active.length,
    ]),
  );
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
