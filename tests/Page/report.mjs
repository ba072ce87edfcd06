// Reports of runs, as files: node tests/Page/report.mjs FOLDER. Each is looked at by axe, in light and dark and at all
// widths; what the browser complains of, what it asks for elsewhere and what sticks out of the window is told.
// FINEWEB_PICTURES names a folder for pictures, and the sheets that would be printed.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { findings } from "./axe.mjs";
import { closeBrowser, open } from "./watched.mjs";

const folder = resolve(process.argv[2]);
const pictures = process.env.FINEWEB_PICTURES;
const views = [
  [360, "light"],
  [360, "dark"],
  [1280, "light"],
  [1280, "dark"],
  [3840, "light"],
  [3840, "dark"],
];
const faults = [];
for (const name of (await readdir(folder)).filter((file) => file.endsWith(".html")))
  for (const [width, theme] of views) {
    const { page, complaints } = await open({ width, height: width === 3840 ? 2160 : 800, theme });
    const url = pathToFileURL(join(folder, name)).href;
    const asked = [];
    page.on("request", (request) => {
      if (request.url() !== url && !request.url().startsWith("data:")) asked.push(request.url());
    });
    await page.goto(url);
    const said = await page.evaluate(() => ({
      violations: window.violations,
      wide: document.documentElement.scrollWidth - innerWidth,
      scripts: document.scripts.length,
      unstyled: getComputedStyle(document.querySelector(".card")).borderRadius === "0px",
    }));
    const view = `${name} at ${width} px, ${theme}`;
    faults.push(...[...(await findings(page)), ...complaints, ...asked, ...said.violations].map((fault) => `${view}: ${fault}`));
    if (said.wide > 0) faults.push(`${view}: ${said.wide} px beyond the window`);
    if (said.scripts > 0 || said.unstyled) faults.push(`${view}: ${JSON.stringify(said)}`);
    if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${theme}.png`), fullPage: true });
    if (pictures && width === 1280 && theme === "dark")
      await page.pdf({ path: join(pictures, `${name}.pdf`), format: "A4", printBackground: false });
    await page.close();
  }
await closeBrowser();
console.log(faults.join("\n"));
process.exitCode = faults.length > 0 ? 1 : 0;
