import { byId } from "../dom.js";
import type { VirtualTable } from "./virtualTable.js";

const typingPause = 200;

/** A search field of a table: asked when typing pauses; Escape empties it, the arrow down goes to the rows. */
export function searchFor<T>(table: VirtualTable<T>, id: string): void {
  const field = byId<HTMLInputElement>(id);
  let pause: number | undefined;
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = window.setTimeout(() => table.ask({ find: field.value.trim() }), typingPause);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      table.focus();
      event.preventDefault();
    } else if (event.key === "Escape" && field.value) {
      field.value = "";
      table.ask({ find: "" });
      event.preventDefault();
    }
  });
}
