import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, filled, watching } from "./watched.mjs";

after(closeBrowser);

test("Coordinator_ThatGoesAndComesBack_IsToldAndTheViewGoesOn", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    const rows = await page.textContent("#rows");
    await server.stop();
    await page.waitForSelector("#notice:not([hidden])");
    assert.match(await page.textContent("#notice-text"), /^The coordinator has not answered since \d\d:\d\d:\d\d\.$/);
    assert.match(await page.textContent("#notice-more"), /This is the view of .* ago/);
    assert.equal(await page.evaluate(() => document.body.className), "stale");
    assert.match(await page.textContent("#rows"), /of 262,144,000 rows/); // The last view is still there
    assert.ok(rows.length > 0);

    server.requests.length = 0;
    await server.start();
    await page.waitForFunction(() => document.querySelector("#live.live-live"), null, { timeout: 60_000 });
    await page.waitForSelector("#notice", { state: "hidden" });
    assert.equal(await page.evaluate(() => document.body.className), "");
    await page.waitForTimeout(500);
    // The past and the token may be others now.
    for (const path of ["/api/history", "/api/run"])
      assert.ok(
        server.requests.some((request) => request.includes(path)),
        path,
      );
  });
});

test("CoordinatorStartedAgain_KnowsNoPast_WhatWasSeenOfItStays", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    await server.stop();
    await page.waitForSelector("#notice:not([hidden])");
    const whole = server.run.snapshot.bind(server.run);
    server.run.snapshot = () => ({ ...whole(), documentsPerSecond: 1 });
    server.reads["/api/history"] = () => ({ step: 1, start: server.run.now().toISOString(), series: { documents: [1] } });
    await server.start();
    await page.waitForFunction(() => document.querySelector("#live.live-live"), null, { timeout: 60_000 });
    await page.waitForFunction(() =>
      /now 1\.0.* from 1\.0 to [0-9]+,[0-9]{3}/.test(document.querySelector("#chart-documents .plot").getAttribute("aria-label")),
    );
  });
});

test("TryNow_DoesNotWaitForTheNextTry", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    await server.stop();
    await page.waitForSelector("#notice:not([hidden])");
    await page.waitForTimeout(3500); // By then it waits for seconds
    await server.start();
    await page.click("#try-now");
    await page.waitForFunction(() => document.querySelector("#live.live-live"));
  });
});

test("Coordinator_ThatFallsSilent_IsTakenForLost", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    // The connection stays open, and nothing comes.
    clearInterval(server.clock);
    server.reads["/api/run"] = () => new Promise(() => undefined);
    // In one look: it tries again soon, and is told one snapshot.
    await page.waitForFunction(() => /has not answered since/.test(document.querySelector("#notice-text").textContent));
  });
});

test("Run_ThatEnds_IsToldAndItsViewStays", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    server.end("stopped", "the disk of the output is full");
    await page.waitForSelector("#notice:not([hidden])");
    await server.stop();
    await page.waitForTimeout(500);
    assert.match(await page.textContent("#notice-text"), /^The run has stopped at .*: the disk of the output is full$/);
    assert.equal(await page.evaluate(() => document.body.className), "");
    await server.start();
  });
});

test("Run_ThatIsOver_IsNotAskedForAgainAndAgain", async () => {
  await watching("finished", {}, async ({ page, server }) => {
    await filled(page);
    await page.waitForSelector("#live.live-ended");
    assert.equal(await page.textContent("#percent"), "100.0 %");
    const before = server.requests.filter((request) => request.includes("/events") && !request.includes("/api")).length;
    await page.waitForTimeout(2500);
    assert.equal(
      server.requests.filter((request) => request.includes("/events") && !request.includes("/api")).length,
      before,
    );
  });
});

test("Page_ThatMayNoLongerLook_SaysHowToGetIn", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    server.refusal = "this page must be entered again: coordinator token web prints a link";
    for (const watcher of server.watchers) watcher.end();
    await page.waitForFunction(() => /coordinator token web/.test(document.querySelector("#notice-text").textContent));
  });
});

test("FirstPaint_ComesSoon", async () => {
  await watching("fleet", {}, async ({ page, server }) => {
    await filled(page);
    const paints = await page.evaluate(() => performance.getEntriesByType("paint").map((entry) => entry.name));
    assert.ok(paints.includes("first-contentful-paint"));
    // Nothing is asked of the coordinator before the page is painted but its own few files.
    const files = server.requests
      .slice(
        0,
        server.requests.findIndex((request) => request.includes("/events")),
      )
      .filter((request) => !request.includes("/api"));
    assert.deepEqual([...new Set(files)].sort(), ["GET /", "GET /icon.svg", "GET /page.js", "GET /uplot.js"]);
  });
});

test("Browser_ThatTellsNoTimes_ShowsTheRun", async () => {
  const prepare = () => (PerformanceObserver.prototype.observe = () => {});
  await watching("normal", { prepare }, async ({ page, complaints }) => {
    await filled(page);
    assert.deepEqual(complaints, []);
  });
});

test("Coordinator_ThatTellsLess_IsShownAsFarAsItTells", async () => {
  await watching("normal", {}, async ({ page, server, complaints }) => {
    for (const path of ["/api/files", "/api/documents"]) delete server.reads[path];
    const whole = server.run.snapshot.bind(server.run);
    const { device, reader } = { device: 0.5, reader: 0.25 };
    server.run.snapshot = () => ({ ...whole(), histogram: null, cost: null, bytes: {}, phases: { device, reader } });
    complaints.length = 0;
    await page.reload();
    await page.waitForSelector("#files .grid-message:not([hidden])");
    await page.click("#bands label:nth-of-type(2)");
    await page.waitForSelector("#documents-list .empty-title:has-text('Not to be had')");

    assert.equal(await page.textContent("#files .grid-message"), "This coordinator does not tell.");
    assert.equal(await page.locator("#files .grid-row").count(), 0);
    assert.match(await page.textContent("#phases-legend"), /Waiting for the network\s*–Idle\s*25\.0 %/);
    assert.equal(await page.textContent("#scores-missing"), "Not told by this coordinator");
    assert.deepEqual(
      complaints.filter((text) => !text.includes("404")),
      [],
    );
  });
});
