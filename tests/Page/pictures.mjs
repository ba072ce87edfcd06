// Pictures of the page, to be looked at: node tests/Page/pictures.mjs FOLDER [SCENARIO-WIDTHxHEIGHT-THEME[-WHAT] …]
// WHAT: detail, confirm, gone, top; without, the whole length of the page.
import { mkdir } from "node:fs/promises";
import { openBrowser } from "./browser.mjs";
import { MockServer } from "./mock/server.mjs";

const [folder, ...wanted] = process.argv.slice(2);
const all = [
  "normal-1280x900-light",
  "normal-1280x900-dark",
  "normal-360x800-light",
  "normal-3840x2160-dark",
  "fleet-1920x1080-dark",
  "standstill-1280x900-light",
  "fresh-1280x900-light",
];
await mkdir(folder, { recursive: true });
const browser = await openBrowser();
for (const shot of wanted.length > 0 ? wanted : all) {
  const [scenario, size, theme, what] = shot.split("-");
  const [width, height] = size.split("x").map(Number);
  const server = await new MockServer(scenario).start();
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
  page.on("console", (message) => console.log(shot, message.text()));
  await page.goto(server.url);
  await page.waitForSelector("body:has(#live.live-live), body:has(#live.live-ended)");
  await page.waitForTimeout(2500);
  if (scenario !== "fresh") await page.click("#bands label:nth-of-type(4)");
  await page.waitForTimeout(800);
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  if (what === "detail" || what === "confirm") await page.click("#workers .grid-row >> nth=0");
  if (what === "confirm") await page.click("#detail-deeds button >> nth=0");
  if (what === "top") await page.check("#ranges input[value=all]", { force: true });
  if (what === "gone") await server.stop();
  if (what) await page.waitForTimeout(2500);
  await page.screenshot({ path: `${folder}/${shot}.png`, fullPage: !what });
  await page.close();
  if (what !== "gone") await server.stop();
}
await browser.close();
