// A page that another program drives. A line of its input is a JSON string: the body of a function of `page`,
// `complaints` of the browser and axe's `findings`. A line of the output is what it comes to: {"value": …} or {"error": …}.
import { createInterface } from "node:readline";
import { findings } from "./axe.mjs";
import { closeBrowser, open } from "./watched.mjs";

const patience = 240_000;
const Step = Object.getPrototypeOf(async () => undefined).constructor;
const { page, complaints } = await open({ width: 1280, height: 900 });
page.setDefaultTimeout(patience);
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { value: (await new Step("page", "complaints", "findings", JSON.parse(line))(page, complaints, findings)) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
await closeBrowser();
