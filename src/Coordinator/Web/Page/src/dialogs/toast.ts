import { byId, make } from "../dom.js";

const shownFor = 6_000;

/** One line about what was just done, which goes by itself. */
export class Toast {
  private end: number | undefined;

  say(text: string): void {
    const place = byId("toast");
    clearTimeout(this.end);
    place.replaceChildren(make("p", {}, text));
    this.end = window.setTimeout(() => place.replaceChildren(), shownFor);
  }
}
