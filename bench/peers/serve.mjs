// What the peers' scripts share: requests as JSON lines on standard input, an answer a line on standard output.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Answers each request {command, ...} with what commands[command] returns, or with {error}. */
export async function serve(commands) {
  // Libraries print to the console; answers alone go to standard output.
  console.log = console.info = console.error;
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...request } = JSON.parse(line);
    let answer;
    try {
      answer = await commands[command](request);
    } catch (error) {
      answer = { error: String(error?.message ?? error).replace(/\s+/g, " ") };
    }
    process.stdout.write(JSON.stringify(answer ?? {}) + "\n");
  }
  process.exit(0);
}

/** @returns what the work returned, and how long it took. */
export async function timed(work) {
  const start = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - start) / 1000 };
}

/** @returns the texts of a file of JSON lines. */
export const readTexts = (file) =>
  readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line).text);
