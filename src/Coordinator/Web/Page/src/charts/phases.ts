import type { Phases, Snapshot } from "../contract.js";
import { byId, make, setAttributes, setText } from "../dom.js";
import { percent, wholePercent } from "../format.js";

export const phaseNames: [keyof Phases, string][] = [
  ["device", "Device busy"],
  ["reader", "Waiting for the reader"],
  ["tokenizer", "Waiting for the tokenizer"],
  ["writer", "Waiting for the writer"],
  ["network", "Waiting for the network"],
];

/** As wide as "100.0 %", by spaces of a digit's width. */
const column = (ratio: number | null | undefined): string => percent(ratio).padStart(7, "\u2007");
const seam = 0.003;

/** One bar of shares of time. Its legend, or whoever shows it, says the same in words. */
export class PhaseBar {
  readonly element = make("div", { class: "phase-bar", role: "img" });
  private readonly parts = phaseNames.map(([name]) => make("span", { class: `phase phase-${name}` }));

  constructor() {
    this.element.append(...this.parts);
  }

  show(phases: Phases | null | undefined): void {
    let from = 0;
    phaseNames.forEach(([name], index) => {
      const width = phases?.[name] ?? 0;
      // Moved by transforms, which lay nothing out anew; a hair of the ground between two parts.
      const transform = `translateX(${(100 * from).toFixed(1)}%) scaleX(${Math.max(0, width - seam).toFixed(4)})`;
      const { style } = this.parts[index]!;
      if (style.transform !== transform) style.transform = transform;
      from += width;
    });
    const text = phases
      ? phaseNames.map(([name, label]) => `${label} ${wholePercent(phases[name])}`).join(", ")
      : "unknown";
    setAttributes(this.element, { "aria-label": `Where the time goes: ${text}` });
  }
}

/** Where the time of all workers goes. */
export class FleetPhases {
  private readonly bar = new PhaseBar();
  private readonly values = new Map<string, HTMLElement>();

  constructor() {
    byId("phases-bar").append(this.bar.element);
    const legend = byId("phases-legend");
    for (const [name, label] of [...phaseNames, ["idle", "Idle"] as const]) {
      const value = make("dd", {}, column(null));
      this.values.set(name, value);
      legend.append(make("div", {}, make("dt", {}, make("span", { class: `swatch phase-${name}` }), label), value));
    }
  }

  show(snapshot: Snapshot): void {
    const phases = snapshot.phases;
    this.bar.show(phases);
    const idle = phases ? Math.max(0, 1 - phaseNames.reduce((sum, [name]) => sum + (phases[name] ?? 0), 0)) : null;
    for (const [name, value] of this.values)
      setText(value, column(name === "idle" ? idle : phases?.[name as keyof Phases]));
    setText(byId("padding"), column(snapshot.padding));
    setText(byId("busy"), column(snapshot.busy?.median));
  }
}
