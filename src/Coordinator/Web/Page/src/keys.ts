import { byId, remembered } from "./dom.js";

/** `/` searches, `?` helps; both can be switched off, for who speaks to the machine. */
export function listenToKeys(): void {
  const help = byId<HTMLDialogElement>("help");
  const single = byId<HTMLInputElement>("single-keys");
  single.checked = remembered.get("keys") !== "off";
  single.addEventListener("change", () => remembered.set("keys", single.checked ? "on" : "off"));
  byId("show-help").addEventListener("click", () => help.showModal());
  for (const button of document.querySelectorAll("[data-close]"))
    button.addEventListener("click", () => button.closest("dialog")?.close());
  for (const dialog of document.querySelectorAll("dialog"))
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // Beside it
    });
  document.addEventListener("keydown", (event) => {
    const isTyping = (event.target as HTMLElement).matches(
      "input:not([type=radio],[type=checkbox],[type=range]), textarea",
    );
    if (
      !single.checked ||
      isTyping ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      document.querySelector("dialog[open]")
    )
      return;
    if (event.key === "/") nearestSearch().focus();
    else if (event.key === "?") help.showModal();
    else return;
    event.preventDefault();
  });
}

/** Of the table that is most in view. */
function nearestSearch(): HTMLElement {
  const fields = [byId("workers-find"), byId("files-find")];
  const distance = (field: HTMLElement): number => Math.abs(field.getBoundingClientRect().top - innerHeight / 3);
  return fields.reduce((best, field) => (distance(field) < distance(best) ? field : best));
}
