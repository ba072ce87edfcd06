import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, filled, watching } from "./watched.mjs";

after(closeBrowser);

/** Opens the detail of the first row and presses what can be done. */
async function press(page, table, deed) {
  await page.click(`#${table} .grid-row >> nth=0`);
  await page.click(`#detail-deeds button:has-text("${deed}")`);
}

test("Drain_IsAskedBeforeItIsSentWithTheToken", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    await press(page, "workers", "Drain");
    assert.match(await page.textContent("#confirm-title"), /^Drain gpu-001\/cuda0\?$/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "confirm-cancel"); // Enter alone does nothing
    assert.deepEqual(server.actions, []);

    await page.click("#confirm-do");
    await page.waitForSelector("#toast p");
    assert.equal(await page.textContent("#toast"), "Done: drain gpu-001/cuda0.");
    // The mock refuses what has no token.
    assert.deepEqual(server.actions, [{ path: "/api/workers/drain", worker: "gpu-001/cuda0" }]);
    await page.waitForFunction(() => /leaving/.test(document.querySelector("#detail-facts").textContent));
  });
});

test("Ban_ThatIsCancelled_IsNotSent", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    await press(page, "workers", "Ban");
    await page.click("#confirm-cancel");
    await page.waitForTimeout(300);
    assert.equal(await page.isVisible("#confirm"), false);
    assert.deepEqual(server.actions, []);
  });
});

test("Allow_IsOfferedForAQuarantinedWorker", async () => {
  await watching("standstill", {}, async ({ page, server }) => {
    await filled(page);
    await press(page, "workers", "Allow");
    await page.click("#confirm-do");
    await page.waitForSelector("#toast p");
    assert.deepEqual(
      server.actions.map(({ path }) => path),
      ["/api/workers/allow"],
    );
  });
});

test("Skip_TakesAReason_AndARefusalIsTold", async () => {
  await watching("fresh", {}, async ({ page, server }) => {
    await filled(page);
    await press(page, "files", "Skip");
    await page.fill("#confirm-reason", "refuse me");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() =>
      /nothing is left to skip/.test(document.querySelector("#confirm-error").textContent),
    );
    await page.fill("#confirm-reason", "damaged at its source");
    await page.click("#confirm-do");
    await page.waitForSelector("#toast p");
    assert.equal(server.actions.at(-1).reason, "damaged at its source");
  });
});

test("Pause_AndResume", async () => {
  await watching("normal", {}, async ({ page, server }) => {
    await filled(page);
    await page.click("#pause");
    await page.click("#confirm-do");
    await page.waitForFunction(() => document.querySelector("#state").textContent === "Paused");
    await page.click("#pause:has-text('Resume')");
    await page.click("#confirm-do");
    await page.waitForFunction(() => document.querySelector("#state").textContent === "Running");
    assert.deepEqual(
      server.actions.map(({ path }) => path),
      ["/api/pause", "/api/resume"],
    );
  });
});

test("Page_OfWhoMayNotAct_OffersNothingToDo", async () => {
  await watching("normal", { server: { canAct: false } }, async ({ page }) => {
    await filled(page);
    assert.equal(await page.isVisible("#pause"), false);
    await page.click("#workers .grid-row >> nth=0");
    assert.equal(await page.$$eval("#detail-deeds button", (buttons) => buttons.length), 0);
  });
});

test("Command_IsCopied", async () => {
  await watching("normal", { permissions: ["clipboard-read", "clipboard-write"] }, async ({ page }) => {
    await filled(page);
    await page.click("#copy");
    await page.waitForSelector("#toast p");
    const command = await page.textContent("#command");
    assert.match(command, /^coordinator run --files 250/);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command);
  });
});
