import type { Gone, Snapshot } from "./contract.js";

/** "lost" has a time since when; "ended" is a run that is over, whose coordinator may have gone. */
export type Link =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "lost"; since: Date; nextTry: Date; reason: string | null }
  | { kind: "ended"; at: Date; gone: Gone };

export interface Listener {
  /** Before the first snapshot after silence: what the page knew of the past may be out of date. */
  back(): void;
  snapshot(snapshot: Snapshot): void;
  link(link: Link): void;
  /** Why the coordinator does not answer, in its words, where it says so. */
  whyNot(): Promise<string | null>;
}

const longestSilence = 6_000;
const longestPause = 15_000;
const pauseAfterTheEnd = 20_000;

/** The stream of snapshots: begins again by itself, waiting longer each time. */
export class Connection {
  private source: EventSource | null = null;
  private link: Link = { kind: "connecting" };
  private lastHeard = new Date();
  private lastTry = 0;
  private tries = 0;
  private retry: number | undefined;

  constructor(private readonly listener: Listener) {}

  start(): void {
    setInterval(() => this.watch(), 1000);
    this.open();
  }

  /** Tries at once, as someone who reads the notice may wish. */
  tryNow(): void {
    this.tries = 0;
    this.open();
  }

  private open(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.lastTry = Date.now();
    const source = (this.source = new EventSource("/events"));
    source.addEventListener("snapshot", (event) => this.hear(JSON.parse(event.data as string) as Snapshot));
    source.addEventListener("gone", (event) => this.end(JSON.parse((event as MessageEvent<string>).data) as Gone));
    source.onerror = () => this.lose();
  }

  private hear(snapshot: Snapshot): void {
    this.lastHeard = new Date();
    this.tries = 0;
    // A coordinator that still serves a run that is over tells so once more to whoever asks.
    if (this.link.kind === "ended" && (snapshot.state === "finished" || snapshot.state === "stopped")) return;
    const isBack = this.link.kind !== "live";
    if (isBack) this.change({ kind: "live" });
    if (isBack) this.listener.back();
    this.listener.snapshot(snapshot);
  }

  private end(gone: Gone): void {
    this.source?.close();
    this.source = null;
    this.change({ kind: "ended", at: new Date(), gone });
    this.retry = window.setTimeout(() => this.open(), pauseAfterTheEnd);
  }

  private lose(): void {
    this.source?.close();
    this.source = null;
    clearTimeout(this.retry);
    if (this.link.kind === "ended") {
      this.retry = window.setTimeout(() => this.open(), pauseAfterTheEnd);
      return;
    }
    // Doubled each time; the random part keeps many pages from coming at once.
    const pause = Math.min(longestPause, 1000 * 2 ** this.tries++) * (0.75 + 0.5 * Math.random());
    const since = this.link.kind === "lost" ? this.link.since : this.lastHeard;
    const lost: Link = { kind: "lost", since, nextTry: new Date(Date.now() + pause), reason: null };
    this.change(lost);
    this.retry = window.setTimeout(() => this.open(), pause);
    void this.listener.whyNot().then((reason) => {
      if (reason && this.link === lost) this.change({ ...lost, reason });
    });
  }

  /** A connection may die without a word; one that says nothing is taken for lost. */
  private watch(): void {
    const silent = Date.now() - Math.max(this.lastHeard.getTime(), this.lastTry) > longestSilence;
    if (this.source && silent) this.lose();
    else if (this.link.kind === "lost") this.listener.link(this.link);
  }

  private change(link: Link): void {
    this.link = link;
    this.listener.link(link);
  }
}
