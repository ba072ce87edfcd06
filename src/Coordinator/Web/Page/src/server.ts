import type { Documents, History, InputFile, Page, Run, RunEvent, Worker } from "./contract.js";

/** What the coordinator refused, in its own words. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export interface ListQuery {
  offset: number;
  limit: number;
  find: string;
  sort?: string;
  order?: "asc" | "desc";
  state?: string;
}

/** The coordinator's answers and actions. */
export class Server {
  private token: string | null = null;

  async run(): Promise<Run> {
    const run = await this.get<Run>("/api/run", {});
    this.token = run.csrf ?? null;
    return run;
  }

  history(): Promise<History> {
    return this.get("/api/history", {});
  }

  workers(query: ListQuery, signal: AbortSignal): Promise<Page<Worker>> {
    return this.get("/api/workers", { ...query }, signal);
  }

  files(query: ListQuery, signal: AbortSignal): Promise<Page<InputFile>> {
    return this.get("/api/files", { ...query }, signal);
  }

  documents(band: number, count: number): Promise<Documents> {
    return this.get("/api/documents", { band, count });
  }

  events(after: number, limit: number): Promise<{ items: RunEvent[] }> {
    return this.get("/api/events", { after, limit });
  }

  /** Does something to the run. The token shows that the order comes from this page. */
  async act(path: string, body: object): Promise<string> {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Fineweb-Csrf": this.token ?? "" },
      body: JSON.stringify(body),
    });
    const done = await this.read<{ text?: string }>(answer);
    return done.text ?? "Done.";
  }

  private async get<T>(path: string, query: Record<string, unknown>, signal?: AbortSignal): Promise<T> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return this.read<T>(await fetch(search ? `${path}?${search}` : path, signal ? { signal } : {}));
  }

  private async read<T>(answer: Response): Promise<T> {
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as T;
    throw new Refused(answer.status === 404 ? "This coordinator does not tell." : errorOf(text, answer), answer.status);
  }
}

/** Its own line, where it gives one. */
function errorOf(text: string, { status }: Response): string {
  const unexplained = `The coordinator answered ${status}.`;
  try {
    return (JSON.parse(text) as { error?: string }).error ?? unexplained;
  } catch {
    return unexplained;
  }
}
