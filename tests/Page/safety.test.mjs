import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, test } from "node:test";
import { closeBrowser, filled, watching } from "./watched.mjs";

after(closeBrowser);
const dist = new URL("../../src/Coordinator/Web/Page/dist/", import.meta.url);

test("Markup_InNamesTextsAndReasons_StaysText", async () => {
  await watching("hostile", {}, async ({ page, complaints }) => {
    await filled(page);
    for (const band of [1, 4]) await page.click(`#bands label:nth-of-type(${band})`);
    await page.waitForSelector(".document");
    await page.click("#workers .grid-row >> nth=0");
    assert.match(await page.textContent("#detail-title"), /<img src=x onerror=/);
    await page.click("#detail-deeds button >> nth=0");
    await page.click("#confirm-do");
    await page.waitForSelector("#toast p:has-text('<')"); // It goes by itself
    await page.click("#detail [data-close]");
    await page.fill("#files-find", "<img");
    await page.waitForTimeout(600);
    await page.fill("#files-find", "<b>none</b>");
    await page.waitForSelector("#files .grid-message:not([hidden])");

    for (const part of ["#workers", "#files", "#documents", "#events"])
      assert.ok((await page.textContent(part)).includes("<"), part);
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(await page.$$eval("img", (images) => images.length), 1); // The product's own
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    assert.deepEqual(complaints, []);
  });
});

test("Page_AsksItsOwnServerAlone", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    const elsewhere = [];
    page.on("request", (request) => request.url().startsWith(server.url) || elsewhere.push(request.url()));
    await page.reload();
    await filled(page);
    assert.deepEqual(elsewhere, []);
  });
});

test("Files_OfThePage_AreSmallAndHaveNothingInlineButWhatThePolicyNames", async () => {
  let bytes = 0;
  for (const name of await readdir(dist)) bytes += (await readFile(new URL(name, dist))).length;
  assert.ok(bytes < 200_000, `${bytes} bytes`);
  const html = await readFile(new URL("index.html", dist), "utf8");
  assert.doesNotMatch(html, /\sstyle=|\son[a-z]+=|https?:\/\//);
  assert.deepEqual(html.match(/<(style|script)\b[^>]*>/g), ["<style>", "<script>"]);
  const script = await readFile(new URL("page.js", dist), "utf8");
  assert.doesNotMatch(script, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
});
