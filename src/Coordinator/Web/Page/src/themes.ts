import { byId, icon, remembered, setAttributes } from "./dom.js";

const order = ["system", "light", "dark"] as const;

/** The switch of system, light and dark. */
export function switchThemes(changed: () => void): void {
  const button = byId("theme");
  const root = document.documentElement;
  const show = (): void => {
    const theme = root.dataset["theme"] ?? "system";
    button.replaceChildren(icon(`theme-${theme}`));
    setAttributes(button, { "aria-label": `Theme: ${theme}. Change it`, title: `Theme: ${theme}` });
    changed();
  };
  button.addEventListener("click", () => {
    const now = order.findIndex((theme) => theme === (root.dataset["theme"] ?? "system"));
    const next = order[(now + 1) % order.length]!;
    if (next === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = next;
    remembered.set("theme", next);
    show();
  });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", changed);
  show();
}
