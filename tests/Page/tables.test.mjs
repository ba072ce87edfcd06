import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, filled, watching } from "./watched.mjs";

after(closeBrowser);

const names = (page, table) =>
  page.$$eval(`#${table} .grid-row .cell-name`, (cells) => cells.map((cell) => cell.textContent));

test("Tables_OfALargeFleet_HoldAndAskForWhatIsSeen", async () => {
  await watching("fleet", {}, async ({ page, server }) => {
    await filled(page);
    for (const position of [0.25, 0.5, 0.97, 1]) {
      await page.$eval("#files .grid", (grid, at) => (grid.scrollTop = at * grid.scrollHeight), position);
      await page.waitForTimeout(150);
    }
    await page.waitForFunction(() =>
      [...document.querySelectorAll("#files .cell-name")].some((cell) => /49999/.test(cell.textContent)),
    );

    assert.equal(await page.textContent("#files-count"), "50,000");
    assert.equal(await page.textContent("#workers-count"), "2,000");
    assert.ok((await page.$$(".grid-row")).length < 120);
    const limits = server.requests
      .map((request) => /limit=(\d+)/.exec(request)?.[1])
      .filter(Boolean)
      .map(Number);
    assert.ok(limits.length > 2 && Math.max(...limits) <= 100);
  });
});

test("Keys_InATable_MoveTheRowAndOpenIt", async () => {
  await watching("fleet", {}, async ({ page }) => {
    await filled(page);
    await page.focus("#workers .grid");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowUp", "End"]) await page.keyboard.press(key);
    await page.waitForFunction(() =>
      document.querySelector("#workers [aria-selected=true] .cell-name")?.textContent.startsWith("gpu-2000"),
    );
    const active = await page.getAttribute("#workers .grid", "aria-activedescendant");
    assert.equal(await page.getAttribute(`#${active}`, "aria-rowindex"), "2001");
    assert.equal(await page.getAttribute("#workers .grid", "aria-rowcount"), "2001");

    await page.keyboard.press("Home");
    await page.waitForFunction(() =>
      document.querySelector("#workers [aria-selected=true] .cell-name")?.textContent.startsWith("gpu-0001"),
    );
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.match(await page.textContent("#detail-title"), /^gpu-0002/);
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.className), "grid");
  });
});

test("Search_ByItsKey_FindsAndCanBeEmptied", async () => {
  await watching("fleet", {}, async ({ page }) => {
    await filled(page);
    await page.$eval("#workers", (section) => section.scrollIntoView({ behavior: "instant" }));
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "workers-find");
    await page.keyboard.type("gpu-0123");
    await page.waitForFunction(() => document.querySelector("#workers-count").textContent === "1");
    assert.deepEqual(await names(page, "workers"), ["gpu-0123/cuda2"]);

    await page.keyboard.type("nobody");
    await page.waitForSelector("#workers .grid-message:not([hidden])");
    assert.match(await page.textContent("#workers .grid-message"), /holds “gpu-0123nobody”/);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("#workers-count").textContent === "2,000");
  });
});

test("Header_Pressed_SortsAndTurnsRound", async () => {
  await watching("fleet", {}, async ({ page, server }) => {
    await filled(page);
    await page.click("#workers .grid-head .cell-rate button");
    await page.waitForFunction(() => document.querySelector("#workers .cell-rate[aria-sort=descending]"));
    await page.click("#workers .grid-head .cell-rate button");
    await page.waitForSelector("#workers .cell-rate[aria-sort=ascending]");
    await page.waitForTimeout(300);

    const asked = server.requests.filter((request) => request.includes("sort=rate"));
    assert.ok(
      asked.some((request) => request.includes("order=desc")) && asked.some((request) => request.includes("order=asc")),
    );
  });
});

test("Filter_OfFiles_ShowsThoseOfAState", async () => {
  await watching("normal", {}, async ({ page }) => {
    await filled(page);
    await page.check("#files-states input[value=failed]", { force: true });
    await page.waitForFunction(() => document.querySelector("#files-count").textContent === "1");
    assert.match(await page.textContent("#files .grid-row"), /failed.*row group 3 of column text is damaged/);
  });
});

test("Run_WithoutWorkers_SaysHowToStartOne", async () => {
  await watching("fresh", {}, async ({ page }) => {
    await filled(page);
    assert.match(
      await page.textContent("#workers .grid-message"),
      /No worker yet.*worker --gpu 0 --coordinator 127\.0\.0\.1:5090/,
    );
    assert.match(await page.textContent("#state-text"), /No worker is connected/);
    assert.equal(await page.isVisible("#chart-use > .nothing"), true);
  });
});

test("Help_ByItsKey_OpensUnlessItIsSwitchedOff", async () => {
  await watching("normal", {}, async ({ page }) => {
    await filled(page);
    await page.keyboard.press("?");
    assert.equal(await page.isVisible("#help"), true);
    await page.uncheck("#single-keys");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    assert.equal(await page.isVisible("#help"), false);
  });
});

test("SkipLink_IsTheFirstStopAndLeadsToTheRun", async () => {
  await watching("normal", {}, async ({ page }) => {
    await filled(page);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  });
});

test("Threshold_Moved_TellsRowsKept", async () => {
  await watching("standstill", {}, async ({ page, server }) => {
    await filled(page);
    assert.equal(await page.inputValue("#threshold"), "2.5"); // The run's own
    assert.equal(await page.textContent("#runs-threshold"), "This run keeps what rounds to 3 or more");
    await page.focus("#threshold");
    await page.keyboard.press("ArrowRight");

    const kept = server.run.snapshot().histogram.keptAt[6].toLocaleString("en-US");
    assert.ok((await page.textContent("#kept-rows")).startsWith(`${kept} rows`));
    assert.equal(await page.$$eval("#histogram .kept", (bars) => bars.length), 21);
  });
});
