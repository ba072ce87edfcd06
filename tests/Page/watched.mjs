import { openBrowser } from "./browser.mjs";
import { MockServer } from "./mock/server.mjs";

const browser = await openBrowser();
export const closeBrowser = () => browser.close();

/**
 * A page that shows nothing yet. What a browser complains of, and what moves by itself, is gathered from the first byte on.
 * @param prepare runs in the browser before the page's own scripts
 */
export async function open({ width = 1280, height = 900, theme = "light", prepare = () => {}, ...context }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme, ...context });
  // Without a GPU and beside other tests a browser may need a minute for a large page.
  page.setDefaultTimeout(180_000);
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.addInitScript(gather);
  await page.addInitScript(prepare);
  return { page, complaints };
}

/** Opens the page of a simulated run, and hands over page and server. */
export async function watching(scenario, { server: serverOptions, ...options }, use) {
  const server = await new MockServer(scenario, { interval: 250, ...serverOptions }).start();
  const { page, complaints } = await open(options);
  try {
    await page.goto(server.url);
    await use({ page, server, complaints });
  } finally {
    await page.close();
    await server.stop();
  }
}

/** All parts have been filled once. */
export async function filled(page) {
  await page.waitForFunction(
    () =>
      document.querySelector("#live.live-live, #live.live-ended") &&
      document.querySelector("#run-facts div") &&
      document.querySelector("#files-count").textContent !== "–",
  );
}

/** Runs in the browser, before the page's own scripts. */
function gather() {
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
  );
  window.shifts = [];
  const named = (node) =>
    node?.id || node?.className || `${node?.nodeName} “${node?.textContent}” in ${node?.parentElement?.id}`;
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
      for (const { node, previousRect: from, currentRect: to } of sources)
        window.shifts.push(`${value.toFixed(4)} ${named(node)} from ${from.x}, ${from.y} to ${to.x}, ${to.y}`);
  }).observe({ type: "layout-shift", buffered: true });
}
