import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, filled, watching } from "./watched.mjs";

after(closeBrowser);

for (const width of [360, 768, 1280, 1920, 3840])
  test(`Page_WhileARunGoesOn_MovesNothing (${width} px)`, async () => {
    await watching("normal", { width, height: 900 }, async ({ page }) => {
      await filled(page);
      await page.waitForTimeout(1500);

      assert.deepEqual(await page.evaluate(() => window.shifts), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px beyond the window`);
    });
  });

test("Page_ThatArrivesInPieces_MovesNothing", async () => {
  await watching("normal", { width: 768, server: { pieces: 150 } }, async ({ page }) => {
    await filled(page);

    assert.deepEqual(await page.evaluate(() => window.shifts), []);
  });
});

test("Theme_ThatWasChosen_StaysAfterALoad", async () => {
  await watching("normal", { theme: "light" }, async ({ page }) => {
    await filled(page);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.click("#theme"); // light
    await page.click("#theme"); // dark
    const dark = await ground();
    await page.reload();

    assert.notEqual(dark, light);
    assert.equal(await ground(), dark);
    await filled(page);
    assert.match(await page.getAttribute("#theme", "aria-label"), /dark/);
  });
});

test("Chart_ForWhoDoesNotSeeIt_SaysItsFigures", async () => {
  await watching("normal", {}, async ({ page }) => {
    await filled(page);
    await page.waitForFunction(() => /now/.test(document.querySelector("#chart-use .plot").getAttribute("aria-label")));

    const text = await page.getAttribute("#chart-use .plot", "aria-label");
    assert.match(text, /^Use of the devices, median: now \d+ %, half of the workers within \d+ % – \d+ %/);
    assert.equal(await page.textContent("#name-use"), "GPU use");
  });
});

test("Motion_ThatIsNotWanted_IsLeftOut", async () => {
  await watching("normal", { reducedMotion: "reduce" }, async ({ page }) => {
    const seconds = await page.evaluate(() => getComputedStyle(document.getElementById("bar-fill")).transitionDuration);
    assert.equal(seconds, "0s");
  });
});
