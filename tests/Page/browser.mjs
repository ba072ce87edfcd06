import { chromium } from "playwright-core";

export const chromiumPath = process.env.FINEWEB_CHROMIUM ?? "/usr/bin/chromium";

/** Debian's Chromium, with nothing that asks for what lies elsewhere. */
export function openBrowser() {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
