// The JavaScript tokenizer of the makers of `tokenizers`, on one thread.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { readTexts, serve, timed } from "./serve.mjs";

let tokenizer;
const texts = new Map();
const json = (folder, name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

await serve({
  load({ folder }) {
    tokenizer = new Tokenizer(json(folder, "tokenizer.json"), json(folder, "tokenizer_config.json"));
  },
  prepare({ name, file }) {
    texts.set(name, readTexts(file));
  },
  /** Whole documents, without a limit; the ids only where they are asked for. */
  async encode({ name, ids }) {
    const { value, seconds } = await timed(() => texts.get(name).map((text) => tokenizer.encode(text).ids));
    return { seconds, ids: ids ? value : undefined };
  },
});
