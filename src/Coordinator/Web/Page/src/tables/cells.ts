import { icon, make, setAttributes, setMeter, setText } from "../dom.js";

/** A number with a small bar under it; what it is of is left out where there is no room. */
export function fillMeter(cell: HTMLElement, ratio: number | null | undefined, text: string, of = ""): void {
  if (!cell.querySelector(".meter"))
    cell.replaceChildren(
      make("span", { class: "value" }),
      make("span", { class: "of" }),
      make("span", { class: "meter" }, make("i")),
    );
  setMeter(cell.querySelector("i")!, ratio);
  setText(cell.querySelector(".value")!, text);
  setText(cell.querySelector(".of")!, of);
}

/** A path whose folders give way first: names of files differ at their end. */
export function fillPath(cell: HTMLElement, path: string, more = ""): void {
  if (!cell.querySelector(".path"))
    cell.replaceChildren(
      make("span", { class: "path" }, make("span", { class: "folder" }), make("span", { class: "base" })),
    );
  const end = path.lastIndexOf("/") + 1;
  setText(cell.querySelector(".folder")!, path.slice(0, end));
  setText(cell.querySelector(".base")!, path.slice(end) + more);
  setAttributes(cell, { title: path + more });
}

/** Text that may be cut off; all of it is in the title. */
export function fillText(cell: HTMLElement, text: string): void {
  setText(cell, text);
  setAttributes(cell, { title: text });
}

/** A state: a shape and a word. The reason, if there is one, is in the title. */
export function fillState(cell: HTMLElement, state: string, label: string, reason?: string | null): void {
  if (cell.dataset["state"] !== state || !cell.querySelector(".state"))
    cell.replaceChildren(make("span", { class: `state state-${state}` }, icon(state), make("span", { class: "word" })));
  cell.dataset["state"] = state;
  setText(cell.querySelector(".word")!, label);
  setAttributes(cell, { title: reason ?? null });
}
