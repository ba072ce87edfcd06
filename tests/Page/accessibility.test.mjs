import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { closeBrowser, filled, watching } from "./watched.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
after(closeBrowser);

const findings = async (page) => {
  // Not by a script element: the policy of the page forbids it, as it should.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`,
  );
};

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
