import { byId, setText, showFacts, type Facts } from "../dom.js";
import type { ConfirmDialog, Deed } from "./confirm.js";

/** All that is known of one row of a table, kept up to date while it is open; at its foot what can be done. */
export class DetailDialog<T> {
  private readonly dialog = byId<HTMLDialogElement>("detail");
  private key: string | null = null;
  private shownDeeds = "";

  constructor(
    private readonly confirm: ConfirmDialog,
    private readonly find: (key: string) => Promise<T | undefined>,
    private readonly facts: (item: T) => Facts,
    private readonly deeds: (item: T) => Deed[],
  ) {
    this.dialog.addEventListener("close", () => (this.key = null));
  }

  open(key: string, item: T): void {
    this.key = key;
    this.shownDeeds = "";
    setText(byId("detail-title"), key);
    this.show(item);
    this.dialog.showModal();
  }

  refresh(): void {
    const key = this.key;
    if (key === null) return;
    this.find(key).then(
      (item) => {
        if (item !== undefined && this.key === key) this.show(item);
      },
      // The connection's notice tells that the coordinator is away.
      () => undefined,
    );
  }

  private show(item: T): void {
    showFacts(byId("detail-facts"), this.facts(item));
    const deeds = this.deeds(item);
    // Buttons are made anew only where they differ, so that the focus stays on one.
    const labels = deeds.map((deed) => deed.label).join();
    if (labels !== this.shownDeeds) byId("detail-deeds").replaceChildren(...this.confirm.buttonsFor(deeds));
    this.shownDeeds = labels;
  }
}
