// What a page costs its browser: node tests/Page/measure.mjs LINK. A line of JSON when all parts are drawn; another, of
// the time since, when the input ends. CPU is that of the process that runs the page, whatever else the machine does.
import { closeBrowser, filled, open } from "./watched.mjs";

const { page } = await open({ width: 1920, height: 1080 });
page.setDefaultTimeout(120_000);
const system = await page.context().browser().newBrowserCDPSession();
const cpu = async () => {
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  return Math.max(...processInfo.filter(({ type }) => type === "renderer").map(({ cpuTime }) => cpuTime));
};

await page.goto(process.argv[2]);
await filled(page);
const [drawn, paint] = await page.evaluate(() => [
  performance.now(),
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
]);
const [start, before] = [performance.now(), await cpu()];
console.log(JSON.stringify({ drawn, paint, cpu: before }));

for await (const _ of process.stdin);
const seconds = (performance.now() - start) / 1000;
console.log(
  JSON.stringify({
    cpu: ((await cpu()) - before) / seconds,
    heap: await page.evaluate(() => performance.memory.usedJSHeapSize),
    nodes: await page.evaluate(() => document.querySelectorAll("*").length),
    rows: await page.textContent("#rows"),
    workers: await page.textContent("#workers-count"),
    files: await page.textContent("#files-count"),
  }),
);
await closeBrowser();
