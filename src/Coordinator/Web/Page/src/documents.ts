import type { Documents } from "./contract.js";
import { byId, make, setText } from "./dom.js";
import { count } from "./format.js";
import type { Server } from "./server.js";

const shown = 10;

/** Documents of a band of scores, read from the input when someone asks for them. */
export class DocumentsByScore {
  private readonly place = byId("documents-list");
  private asked = 0;

  constructor(private readonly server: Server) {
    for (const input of byId("bands").querySelectorAll("input"))
      input.addEventListener("click", () => void this.load(Number(input.value)));
  }

  private async load(band: number): Promise<void> {
    const turn = ++this.asked;
    this.place.setAttribute("aria-busy", "true");
    try {
      const documents = await this.server.documents(band, shown);
      if (turn === this.asked) this.show(documents);
    } catch (error) {
      if (turn === this.asked) this.tell("Not to be had now", error instanceof Error ? error.message : String(error));
    } finally {
      if (turn === this.asked) this.place.removeAttribute("aria-busy");
    }
  }

  private show({ items, note }: Documents): void {
    setText(byId("documents-note"), note ?? "");
    if (items.length === 0) return this.tell("No document of this band yet", note ?? "");
    this.place.replaceChildren(
      ...items.map(({ score, text, file, row }) =>
        make(
          "li",
          { class: "document" },
          make(
            "div",
            { class: "document-head" },
            make("strong", {}, score.toFixed(2)),
            make("span", { class: "source", title: file }, `${file} · row ${count(row)}`),
          ),
          make("p", { class: "document-text", dir: "auto" }, text),
        ),
      ),
    );
    this.place.scrollTop = 0;
  }

  private tell(title: string, text: string): void {
    this.place.replaceChildren(
      make("li", { class: "nothing" }, make("p", { class: "empty-title" }, title), make("p", {}, text)),
    );
  }
}
