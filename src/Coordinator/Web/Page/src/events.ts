import type { RunEvent, Snapshot } from "./contract.js";
import { byId, make } from "./dom.js";
import { clock, moment } from "./format.js";
import type { Server } from "./server.js";

const atOnce = 100;
const mostShown = 200;

/** What has happened, the latest first. */
export class Events {
  private readonly list = byId("events-list");
  private last = 0;
  private isAsking = false;

  constructor(private readonly server: Server) {}

  show({ lastEvent }: Snapshot): void {
    // Fewer than before: the coordinator counts anew.
    if (lastEvent < this.last) {
      this.last = 0;
      this.list.replaceChildren();
    }
    if (lastEvent > this.last && !this.isAsking) void this.load(lastEvent);
  }

  private async load(lastEvent: number): Promise<void> {
    this.isAsking = true;
    try {
      const { items } = await this.server.events(Math.max(this.last, lastEvent - atOnce), atOnce);
      if (this.last === 0) this.list.replaceChildren();
      for (const event of items) if (event.seq > this.last) this.list.prepend(this.line(event));
      this.last = Math.max(lastEvent, ...items.map((event) => event.seq));
      while (this.list.children.length > mostShown) this.list.lastElementChild?.remove();
    } catch {
      // The next snapshot asks again.
    } finally {
      this.isAsking = false;
    }
  }

  private line({ time, kind, text, worker, file }: RunEvent): HTMLElement {
    const at = new Date(time);
    const base = file?.slice(file.lastIndexOf("/") + 1);
    const about = [worker, base].filter((each) => each && !text.includes(each)).join(" · ");
    return make(
      "li",
      { class: `event event-${/fail|quarantine|lost|error|ends/.test(kind) ? "trouble" : "plain"}` },
      make("time", { datetime: time, title: moment(at) }, clock(at)),
      make("span", { class: "event-kind" }, kind.replaceAll("_", " ")),
      make(
        "span",
        { class: "event-text", title: file },
        text,
        about ? make("span", { class: "about" }, ` ${about}`) : null,
      ),
    );
  }
}
