import type { Link } from "./connection.js";
import { byId, icon, setText } from "./dom.js";
import { clock, counted, duration } from "./format.js";

/** Whether what is seen is live; and where it is not, since when and what is done about it. */
export class Notice {
  private readonly bar = byId("notice");
  private kind = "";

  constructor(tryNow: () => void) {
    byId("try-now").addEventListener("click", tryNow);
  }

  show(link: Link): void {
    document.body.classList.toggle("stale", link.kind === "lost");
    setText(byId("live-text"), { connecting: "…", live: "Live", lost: "Lost", ended: "Ended" }[link.kind]);
    if (link.kind !== this.kind) byId("live").replaceChildren(icon(`link-${link.kind}`), byId("live-text"));
    byId("live").className = `live live-${link.kind}`;
    this.bar.hidden = link.kind === "live" || link.kind === "connecting";
    byId("try-now").hidden = link.kind !== "lost";
    if (link.kind === "lost") {
      this.announce(link.reason ?? `The coordinator has not answered since ${clock(link.since)}.`);
      setText(byId("notice-more"), this.waiting(link.since, link.nextTry));
    } else if (link.kind === "ended") {
      const how = link.gone.state === "finished" ? "The run has finished" : "The run has stopped";
      this.announce(`${how} at ${clock(link.at)}${link.gone.reason ? `: ${link.gone.reason}` : "."}`);
      setText(byId("notice-more"), "This is its last view.");
    }
    this.kind = link.kind;
  }

  /** Said aloud once; what counts down beside it is not. */
  private announce(text: string): void {
    setText(byId("notice-text"), text);
  }

  private waiting(since: Date, nextTry: Date): string {
    const pause = Math.ceil((nextTry.getTime() - Date.now()) / 1000);
    const silence = duration((Date.now() - since.getTime()) / 1000);
    const next = pause > 0 ? `Next try in ${counted(pause, "second")}.` : "Trying now …";
    return `This is the view of ${silence} ago. ${next}`;
  }
}
