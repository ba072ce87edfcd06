import type { Run } from "./contract.js";
import { byId, make, setText, showFacts, type Facts } from "./dom.js";
import { kept, price } from "./format.js";
import type { Toast } from "./dialogs/toast.js";

/** What does not change while a run goes on, and the command that resumes it. */
export class RunFacts {
  constructor(toast: Toast) {
    byId("copy").addEventListener("click", () => void copy(toast));
  }

  show(run: Run): void {
    setText(byId("run-name"), run.name);
    setText(byId("version"), `FineWebTorch ${run.version}`);
    setText(byId("command"), run.command);
    const facts: Facts = [
      ["Model", run.model],
      ["Revision", run.revision ?? "–"],
      ["Dtype", run.dtype ?? "not chosen yet"],
      ["Keeps", kept(run.keep, run.threshold)],
      ["Output", run.output],
      ["Price an hour", run.pricePerHour == null ? "not given" : price(run.pricePerHour)],
      ["Version", run.version],
    ];
    showFacts(byId("run-facts"), facts);
    const options = Object.entries(run.options ?? {});
    showFacts(
      byId("options"),
      options.map(([name, value]) => [name, textOf(value)]),
    );
    byId("options-box").hidden = options.length === 0;
  }
}

function textOf(value: unknown): string | Node {
  if (Array.isArray(value)) return value.join(", ");
  return value === null || value === "" ? make("span", { class: "quiet" }, "not given") : String(value);
}

async function copy(toast: Toast): Promise<void> {
  const command = byId("command");
  try {
    await navigator.clipboard.writeText(command.textContent ?? "");
    toast.say("The command is in the clipboard.");
  } catch {
    // Without TLS a browser keeps its clipboard from pages of other machines.
    getSelection()?.selectAllChildren(command);
    toast.say("The command is selected: copy it with Ctrl+C.");
  }
}
