// Runs before the first paint, so that a chosen theme does not follow a flash of the other one.
try {
  const chosen = localStorage.getItem("fineweb-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
} catch {
  // A browser that keeps nothing shows the system's theme.
}

let isLoading = false;

/** In their order. */
function loadScripts(): void {
  if (isLoading) return;
  isLoading = true;
  for (const source of ["uplot.js", "page.js"]) {
    const script = document.createElement("script");
    script.async = false;
    script.src = source;
    document.head.append(script);
  }
}

// What fills the page comes after the paint that shows it empty, everything in its place: that need not wait for it. A
// browser that tells no times, against being known by them, has painted a while after the page was there.
new PerformanceObserver(loadScripts).observe({ type: "paint", buffered: true });
addEventListener("load", () => setTimeout(loadScripts, 500));
export {};
