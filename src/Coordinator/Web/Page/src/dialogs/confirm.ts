import { byId, make, setText } from "../dom.js";
import type { Toast } from "./toast.js";

/** Something that may be done to the run. It is asked about first. */
export interface Deed {
  label: string;
  title: string;
  text: string;
  danger?: boolean;
  /** Whether a reason is to be typed. */
  reason?: boolean;
  /** @returns What was done, in the coordinator's words. */
  run(reason: string): Promise<string>;
}

/** Asks before anything is done, and tells what came of it. */
export class ConfirmDialog {
  private readonly dialog = byId<HTMLDialogElement>("confirm");
  private readonly button = byId<HTMLButtonElement>("confirm-do");
  private readonly reason = byId<HTMLInputElement>("confirm-reason");
  private deed: Deed | null = null;

  constructor(
    private readonly toast: Toast,
    private readonly afterwards: () => void,
  ) {
    byId("confirm-cancel").addEventListener("click", () => this.dialog.close());
    byId<HTMLFormElement>("confirm-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.carryOut();
    });
  }

  ask(deed: Deed): void {
    this.deed = deed;
    setText(byId("confirm-title"), deed.title);
    setText(byId("confirm-text"), deed.text);
    setText(this.button, deed.label);
    this.button.classList.toggle("danger", deed.danger === true);
    this.button.disabled = false;
    byId("confirm-reason-row").hidden = !deed.reason;
    this.reason.value = "";
    setText(byId("confirm-error"), "");
    this.dialog.showModal();
  }

  /** Buttons that lead here. */
  buttonsFor(deeds: Deed[]): HTMLElement[] {
    return deeds.map((deed) => {
      const button = make(
        "button",
        { type: "button", class: deed.danger ? "button danger" : "button" },
        `${deed.label} …`,
      );
      button.addEventListener("click", () => this.ask(deed));
      return button;
    });
  }

  private async carryOut(): Promise<void> {
    if (!this.deed) return;
    this.button.disabled = true;
    try {
      this.toast.say(await this.deed.run(this.reason.value.trim()));
      this.dialog.close();
    } catch (error) {
      setText(byId("confirm-error"), error instanceof Error ? error.message : String(error));
      this.button.disabled = false;
    }
    this.afterwards();
  }
}
