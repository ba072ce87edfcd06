"use strict";
(() => {
  // src/theme.ts
  try {
    const chosen = localStorage.getItem("fineweb-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
  } catch {
  }
})();
