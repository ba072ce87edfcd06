import type { Page } from "../contract.js";
import { byId, make, setAttributes, setText } from "../dom.js";
import { count } from "../format.js";
import { Refused, type ListQuery } from "../server.js";

export interface Column<T> {
  /** Class of its cells; the style sheet gives it a width and hides it where there is no room. */
  name: string;
  label: string;
  /** How the coordinator is asked for this order, and which way it begins. */
  sort?: { by: string; first: "asc" | "desc" };
  number?: boolean;
  /** Fills a cell that may have shown another row before. */
  fill(cell: HTMLElement, item: T): void;
}

export interface TableOptions<T> {
  /** Of its section in index.html. */
  id: string;
  columns: Column<T>[];
  key(item: T): string;
  fetch(query: ListQuery, signal: AbortSignal): Promise<Page<T>>;
  open(item: T): void;
  /** What stands where nothing matches, or nothing is there yet. */
  empty(query: ListQuery): Node;
}

const overscan = 6;
const mostAtOnce = 100;

/**
 * A list of any length: rows that are seen are in the document and are asked for, no others. Arrow keys move a row
 * that is marked as active; the list keeps the focus.
 */
export class VirtualTable<T> {
  private readonly grid: HTMLElement;
  private readonly canvas: HTMLElement;
  private readonly message: HTMLElement;
  private readonly headers: HTMLElement;
  private readonly rows = new Map<number, HTMLElement>();
  private readonly spare: HTMLElement[] = [];
  private readonly items = new Map<number, T>();
  private readonly query: Required<Pick<ListQuery, "find">> & Partial<ListQuery> = { find: "" };
  private total: number | null = null;
  private active = 0;
  private request: AbortController | null = null;
  private waiting = 0;
  private again: number | undefined;

  constructor(private readonly options: TableOptions<T>) {
    const section = byId(options.id);
    this.grid = section.querySelector<HTMLElement>(".grid")!;
    this.canvas = section.querySelector<HTMLElement>(".grid-rows")!;
    this.message = section.querySelector<HTMLElement>(".grid-message")!;
    this.headers = section.querySelector<HTMLElement>(".grid-head")!;
    this.makeHeaders();
    setAttributes(this.grid, { "aria-colcount": options.columns.length });
    this.grid.addEventListener("scroll", () => this.place(), { passive: true });
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("dblclick", () => getSelection()?.removeAllRanges());
    new ResizeObserver(() => this.place()).observe(this.grid);
  }

  /** Another order, search or filter: from the top. */
  ask(query: Partial<ListQuery>): void {
    Object.assign(this.query, query);
    this.items.clear();
    this.active = 0;
    this.grid.scrollTop = 0;
    this.showHeaders();
    this.refresh();
  }

  /** Asks anew for what is seen. */
  refresh(): void {
    clearTimeout(this.again);
    this.request?.abort();
    const request = (this.request = new AbortController());
    const { first, last } = this.seen();
    const query = { ...this.query, offset: first, limit: Math.min(mostAtOnce, Math.max(20, last - first)) };
    this.options.fetch(query, request.signal).then(
      (page) => this.take(query, page),
      // That the coordinator is away is told by the connection's notice; what was seen stays.
      (error) => error instanceof Refused && this.say(make("p", {}, error.message)),
    );
  }

  /** The row of a name as it was told last, if it is among those that are seen. */
  find(key: string): T | undefined {
    return [...this.items.values()].find((item) => this.options.key(item) === key);
  }

  focus(): void {
    this.grid.focus();
  }

  private take(query: ListQuery, page: Page<T>): void {
    // What lies far from what is seen is forgotten: it will have changed when someone looks again.
    for (const index of this.items.keys())
      if (index < query.offset || index >= query.offset + query.limit) this.items.delete(index);
    page.items.forEach((item, index) => this.items.set(query.offset + index, item));
    this.active = Math.min(this.active, Math.max(0, page.total - 1));
    setAttributes(this.grid, { "aria-rowcount": page.total + 1 });
    setText(byId(`${this.options.id}-count`), count(page.total));
    if (page.total === 0) return this.say(this.options.empty(query));
    this.message.hidden = true;
    this.resize(page.total);
  }

  /** In place of rows. */
  private say(message: Node): void {
    this.message.replaceChildren(message);
    this.message.hidden = false;
    this.resize(0);
  }

  private resize(total: number): void {
    this.total = total;
    this.canvas.style.height = `${total * this.rowHeight()}px`;
    this.place();
  }

  /** The rows that are seen get their places; those that are not are kept for others. */
  private place(): void {
    const total = this.total ?? 0;
    const { first, last } = this.seen();
    for (const [index, row] of this.rows) {
      if (index >= first && index < last) continue;
      row.remove();
      this.rows.delete(index);
      if (this.spare.length < 40) this.spare.push(row);
    }
    const height = this.rowHeight();
    let isMissing = false;
    for (let index = first; index < last; index++) {
      const item = this.items.get(index);
      isMissing ||= item === undefined;
      this.fill(this.rowAt(index), index, item, index * height);
    }
    const active = this.rows.get(this.active);
    setAttributes(this.grid, { "aria-activedescendant": active && total > 0 ? active.id : null });
    if (isMissing && total > 0) this.askSoon();
  }

  /** While someone scrolls, only where they come to rest is asked for. */
  private askSoon(): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.refresh(), 70);
  }

  private rowAt(index: number): HTMLElement {
    const known = this.rows.get(index);
    if (known) return known;
    const row = this.spare.pop() ?? this.makeRow();
    this.rows.set(index, row);
    this.canvas.append(row);
    return row;
  }

  private makeRow(): HTMLElement {
    const cells = this.options.columns.map((column, index) =>
      make("div", { class: cellClass(column), role: "gridcell", "aria-colindex": index + 1 }),
    );
    return make("div", { class: "grid-row", role: "row" }, ...cells);
  }

  private fill(row: HTMLElement, index: number, item: T | undefined, top: number): void {
    row.style.transform = `translateY(${top}px)`;
    setAttributes(row, {
      id: `${this.options.id}-row-${index}`,
      "aria-rowindex": index + 2,
      "aria-selected": index === this.active ? "true" : "false",
    });
    row.classList.toggle("pending", item === undefined);
    row.classList.toggle("odd", index % 2 === 1);
    this.options.columns.forEach((column, at) => {
      const cell = row.children[at] as HTMLElement;
      if (item === undefined) setText(cell, at === 0 ? "…" : "");
      else column.fill(cell, item);
    });
  }

  private seen(): { first: number; last: number } {
    const height = this.rowHeight();
    const first = Math.max(0, Math.floor(this.grid.scrollTop / height) - overscan);
    const last = Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / height) + overscan;
    return { first, last: Math.min(this.total ?? last, last) };
  }

  /** Rows have one height, which the style sheet gives in rem. */
  private rowHeight(): number {
    return Math.max(16, this.headers.offsetHeight);
  }

  private makeHeaders(): void {
    this.options.columns.forEach((column, index) => {
      const label: HTMLElement = column.sort
        ? make("button", { type: "button" }, column.label)
        : make("span", {}, column.label);
      if (column.sort) label.addEventListener("click", () => this.sort(column));
      this.headers.append(
        make("div", { class: cellClass(column), role: "columnheader", "aria-colindex": index + 1 }, label),
      );
    });
    this.showHeaders();
  }

  private sort({ sort }: Column<T>): void {
    if (!sort) return;
    const isAgain = this.query.sort === sort.by;
    const other = this.query.order === "asc" ? "desc" : "asc";
    this.ask({ sort: sort.by, order: isAgain ? other : sort.first });
  }

  private showHeaders(): void {
    this.options.columns.forEach(({ sort }, index) => {
      const sorted = sort && sort.by === this.query.sort ? `${this.query.order ?? sort.first}ending` : null;
      setAttributes(this.headers.children[index]!, { "aria-sort": sorted });
    });
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.grid.clientHeight / this.rowHeight()) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step !== undefined) this.activate(this.active + step);
    else if (event.key === "Enter" || event.key === " ") this.openActive();
    else return;
    event.preventDefault();
  }

  private activate(index: number): void {
    this.active = Math.min(Math.max(0, index), Math.max(0, (this.total ?? 0) - 1));
    const [top, height] = [this.active * this.rowHeight(), this.rowHeight()];
    const room = this.grid.clientHeight - height;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top + height > this.grid.scrollTop + room) this.grid.scrollTop = top + height - room;
    this.place();
  }

  private click(event: MouseEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>(".grid-row");
    const found = [...this.rows].find(([, each]) => each === row);
    if (!found) return;
    this.activate(found[0]);
    this.openActive();
  }

  private openActive(): void {
    const item = this.items.get(this.active);
    if (item !== undefined) this.options.open(item);
  }
}

function cellClass(column: { name: string; number?: boolean }): string {
  return `cell cell-${column.name}${column.number ? " number" : ""}`;
}
