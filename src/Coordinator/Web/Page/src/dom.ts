// Text reaches the page as text nodes and attributes alone; nothing here parses HTML.

type Attributes = Record<string, string | number | boolean | null | undefined>;
type Child = Node | string | null;

/** An element of index.html. A missing one is a mistake of ours, so it is said by its name. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as unknown as T;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const svgNamespace = "http://www.w3.org/2000/svg";

export function makeSvg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(svgNamespace, tag);
  setAttributes(element, attributes);
  return element;
}

/** False and null leave an attribute out. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value))
      element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Sets text where it differs: what has not changed is neither laid out nor read aloud again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** One of the shapes of index.html's sprite; what it means stands beside it in words. */
export function icon(name: string): SVGSVGElement {
  const svg = makeSvg("svg", { class: "icon", "aria-hidden": "true" });
  svg.append(makeSvg("use", { href: `#icon-${name}` }));
  return svg;
}

export type Facts = [name: string, value: Node | string][];

/** Names and values in a `dl`. What has not changed stays, so that selected text stays selected. */
export function showFacts(list: HTMLElement, facts: Facts): void {
  const rows = facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  rows.forEach((row, index) => {
    const shown = list.children[index];
    if (!shown) list.append(row);
    else if (!shown.isEqualNode(row)) shown.replaceWith(row);
  });
  while (list.children.length > rows.length) list.lastElementChild?.remove();
}

/** A filled share of a small bar beside its number. */
export function setMeter(bar: HTMLElement, ratio: number | null | undefined): void {
  const width = `${Math.round(1000 * Math.min(1, Math.max(0, ratio ?? 0))) / 10}%`;
  if (bar.style.width !== width) bar.style.width = width;
}

/** What someone chose to see, kept in this browser; a browser that keeps nothing is no error. */
export const remembered = {
  get(key: string): string | null {
    try {
      return localStorage.getItem(`fineweb-${key}`);
    } catch {
      return null;
    }
  },
  set(key: string, value: string): void {
    try {
      localStorage.setItem(`fineweb-${key}`, value);
    } catch {
      // Private windows may refuse: the choice then holds until the page is closed.
    }
  },
};
