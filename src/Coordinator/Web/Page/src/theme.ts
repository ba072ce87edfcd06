// Runs before the first paint, so that a chosen theme does not follow a flash of the other one.
try {
  const chosen = localStorage.getItem("fineweb-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
} catch {
  // A browser that keeps nothing shows the system's theme.
}
export {};
