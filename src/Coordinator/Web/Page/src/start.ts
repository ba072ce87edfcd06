// Runs before the first paint, so that a chosen theme does not follow a flash of the other one.
try {
  const chosen = localStorage.getItem("fineweb-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
} catch {
  // A browser that keeps nothing shows the system's theme.
}

/** In their order. */
function loadScripts(): void {
  for (const source of ["uplot.js", "page.js"]) {
    const script = document.createElement("script");
    script.async = false;
    script.src = source;
    document.head.append(script);
  }
}

// What fills the page comes after the paint that shows it empty, everything in its place: that need not wait for it.
if (PerformanceObserver.supportedEntryTypes.includes("paint"))
  new PerformanceObserver((_, observer) => {
    observer.disconnect();
    loadScripts();
  }).observe({ type: "paint", buffered: true });
else loadScripts();
export {};
