// How soon the page is painted, beside a page of one word: node tests/Page/paint.mjs [LOADS [WIDTH]]. Milliseconds to the
// first contentful paint, in browsers' profiles that are new, and again in those that know its files.
import { createServer } from "node:http";
import { openBrowser } from "./browser.mjs";
import { MockServer } from "./mock/server.mjs";

const [loads, width] = [Number(process.argv[2] ?? 21), Number(process.argv[3] ?? 1280)];
const word = createServer((_, response) => response.end("<!doctype html><title>.</title><p>word"));
await new Promise((resolve) => word.listen(0, "127.0.0.1", resolve));
const server = await new MockServer("normal").start();
const browser = await openBrowser();

async function paint(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  const first = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const time = await (await page.waitForFunction(first)).jsonValue();
  await page.close();
  return time;
}

const times = { "a page of one word": [], "the page": [], "the page, known": [] };
for (let load = 0; load < loads; load++) {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  times["a page of one word"].push(await paint(context, `http://127.0.0.1:${word.address().port}/`));
  times["the page"].push(await paint(context, server.url));
  times["the page, known"].push(await paint(context, server.url));
  await context.close();
}

for (const [name, each] of Object.entries(times)) {
  each.sort((a, b) => a - b);
  const at = (share) => Math.round(each[Math.floor(share * (loads - 1))]);
  console.log(`${name}: median ${at(0.5)} ms, ${at(0)} to ${at(1)}`);
}
await browser.close();
await server.stop();
word.closeAllConnections();
word.close();
