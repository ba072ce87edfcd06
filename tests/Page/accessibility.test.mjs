import assert from "node:assert/strict";
import { after, test } from "node:test";
import { findings } from "./axe.mjs";
import { closeBrowser, filled, watching } from "./watched.mjs";

after(closeBrowser);

for (const theme of ["light", "dark"])
  for (const [width, scenario] of [
    [360, "normal"],
    [1280, "standstill"],
    [1280, "fresh"],
    [3840, "fleet"],
  ])
    test(`Page_OfARun_HasNoFindingsOfAxe (${scenario}, ${width} px, ${theme})`, async () => {
      await watching(scenario, { theme, width, height: width === 3840 ? 2160 : 800 }, async ({ page, complaints }) => {
        await filled(page);
        if (scenario !== "fresh") await page.click("#bands label:nth-of-type(3)");
        await page.waitForTimeout(300);

        assert.deepEqual(await findings(page), []);
        assert.deepEqual(complaints, []);
        assert.deepEqual(await page.evaluate(() => window.violations), []);
      });
    });

test("Dialogs_HaveNoFindingsOfAxe", async () => {
  await watching("standstill", { theme: "dark" }, async ({ page }) => {
    await filled(page);
    await page.click("#show-help");
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press("Escape");
    await page.click("#workers .grid-row >> nth=0");
    assert.deepEqual(await findings(page), []);
    await page.click("#detail-deeds button >> nth=0");
    assert.deepEqual(await findings(page), []);
  });
});
