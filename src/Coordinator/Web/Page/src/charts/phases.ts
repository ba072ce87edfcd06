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

/** One bar of shares of time. Its legend, or whoever shows it, says the same in words. */
export class PhaseBar {
  readonly element = make("div", { class: "phase-bar", role: "img" });
  private readonly parts = phaseNames.map(([name]) => make("span", { class: `phase phase-${name}` }));

  constructor() {
    this.element.append(...this.parts);
  }

  show(phases: Phases | null | undefined): void {
    phaseNames.forEach(([name], index) => {
      const part = this.parts[index]!;
      const width = `${((phases?.[name] ?? 0) * 100).toFixed(1)}%`;
      if (part.style.width !== width) part.style.width = width;
    });
    const text = phases ? phaseNames.map(([name, label]) => `${label} ${wholePercent(phases[name])}`).join(", ") : "unknown";
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
      const value = make("dd", {}, "–");
      this.values.set(name, value);
      legend.append(make("div", {}, make("dt", {}, make("span", { class: `swatch phase-${name}` }), label), value));
    }
  }

  show(snapshot: Snapshot): void {
    const phases = snapshot.phases;
    this.bar.show(phases);
    const idle = phases ? Math.max(0, 1 - phaseNames.reduce((sum, [name]) => sum + phases[name], 0)) : null;
    for (const [name, value] of this.values)
      setText(value, percent(name === "idle" ? idle : phases?.[name as keyof Phases]));
    setText(byId("padding"), percent(snapshot.padding));
    setText(byId("busy"), wholePercent(snapshot.busy?.median));
  }
}
