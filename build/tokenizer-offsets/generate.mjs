// Makes tests/data/tokenizer/spans.jsonl.gz and mixed.jsonl.gz: where the reference's tokens lie in their texts.
//   npm install --prefix /tmp/reference tokenizers@0.23.2
//   NODE_PATH=/tmp/reference/node_modules node build/tokenizer-offsets/generate.mjs
// spans: of each case of the other files, {of, case, spans, reordered}, for its first 126 tokens; mixed: texts of its own,
// {text, normalize, split, tokens, spans, decoded, reordered}. Special tokens are left out. A token's span is two numbers,
// in UTF-16 code units: from the end of the token before it to its start, and its length.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gunzipSync, gzipSync } from "node:zlib";

const { Tokenizer } = createRequire(process.env.NODE_PATH + "/")("tokenizers");
const data = "tests/data";
const mostTokens = 126;

const normalizers = {
  "uncased": {}, "uncased-max16": {}, "cased": { lowercase: false }, "lower-keep-accents": { strip_accents: false },
  "cased-strip-accents": { lowercase: false, strip_accents: true }, "no-cjk-spacing": { handle_chinese_chars: false },
  "no-clean": { clean_text: false },
};
const published = JSON.parse(readFileSync(`${data}/models/minilm-edu/tokenizer.json`, "utf8"));

function tokenizer(changes) {
  return Tokenizer.fromString(JSON.stringify({ ...published, truncation: null, padding: null, ...changes }));
}

const normalizer = (settings) => ({
  type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true,
  ...settings,
});

/** Whether marks do not stand in canonical order: the reference then gives their places to one another. */
const isReordered = (text) => text.normalize("NFD") !== [...text].map((one) => one.normalize("NFD")).join("");

/** The reference counts in code points. */
function unitsOf(text) {
  const units = [0];
  for (const character of text) units.push(units.at(-1) + character.length);
  return units;
}

function spansOf(text, offsets) {
  const units = unitsOf(text);
  let last = 0;
  return offsets.flatMap(([start, end]) => {
    const span = [units[start] - last, units[end] - units[start]];
    last = units[end];
    return span;
  });
}

async function encode(tokenizer, text) {
  const encoding = await tokenizer.encode(text, null, { addSpecialTokens: false });
  return { ids: encoding.getIds(), tokens: encoding.getTokens(), offsets: encoding.getOffsets() };
}

const write = (name, lines) =>
  writeFileSync(`${data}/tokenizer/${name}.jsonl.gz`, gzipSync(lines.map((line) => JSON.stringify(line) + "\n").join("")));

async function spans() {
  const lines = [];
  for (const [name, settings] of Object.entries(normalizers)) {
    const reference = tokenizer({ normalizer: normalizer(settings) });
    const cases = gunzipSync(readFileSync(`${data}/tokenizer/${name}.jsonl.gz`)).toString("utf8").split("\n");
    for (const [index, line] of cases.entries()) {
      if (!line) continue;
      const { text, ids } = JSON.parse(line);
      const encoded = await encode(reference, text);
      const most = Math.min(ids.length - 2, mostTokens);
      if (ids.slice(1, 1 + most).join() !== encoded.ids.slice(0, most).join())
        throw new Error(`${name}, case ${index}: other ids than those of the file`);
      const reordered = isReordered(text) || undefined;
      lines.push({ of: name, case: index, spans: spansOf(text, encoded.offsets.slice(0, most)), reordered });
    }
  }
  write("spans", lines);
}

const fragments = [
  " ", " ", " ", "  ", "\n", "\t", "\u00A0", "\u2028", "a", "B", "the", "Tokenization", "unbelievably", "embeddings",
  "0123456789abcdef", "3.14", "!", "?", ",", "'", "don't", "[", "[SEP]", "[MASK]", "[SE", "[UNK]", "é", "e\u0301", "\u0301",
  "ÅNGSTRÖM", "Ünïcöde", "İ", "Привет", "ΑΣ", "中", "中文", "豈", "각", "한국어", "\u1100", "\u1100\u1161\u11A8", "\u200B",
  "\u00AD", "\uFE0F", "\u{1D15E}", "\u{1D165}", "\u302E", "\u08D4", "👩\u200D🚀", "🎉", "\uFFFD", "\0", "\u007F",
  "x".repeat(40), "é".repeat(40), "x".repeat(101), "\u{E0001}", "\u3000", "“", "…", "_", "$", "ﬁ", "½", "नमस्ते", "สวัสดี",
];

/** A linear congruence, so that the file is the same each time. */
let state = 9n;
function next(limit) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xFFFFFFFFFFFFFFFFn;
  return Number((state >> 33n) % BigInt(limit));
}

/** Where words are split, [MASK] takes the white space before it and [SEP] that behind it. */
const added_tokens = published.added_tokens.map((token) =>
  ({ ...token, lstrip: token.content === "[MASK]", rstrip: token.content === "[SEP]" }));

async function mixed() {
  const lines = [];
  for (const normalize of [true, false]) {
    for (const split of [true, false]) {
      const changes = { normalizer: normalize ? normalizer({}) : null };
      Object.assign(changes, split ? { added_tokens } : { pre_tokenizer: null });
      const reference = tokenizer(changes);
      for (let i = 0; i < 400; i++) {
        const text = Array.from({ length: next(split ? 16 : 4) }, () => fragments[next(fragments.length)]).join("");
        const { ids, tokens, offsets } = await encode(reference, text);
        const decoded = await reference.decode(ids, false);
        const reordered = isReordered(text) || undefined;
        lines.push({ text, normalize, split, tokens, spans: spansOf(text, offsets), decoded, reordered });
      }
    }
  }
  write("mixed", lines);
}

await spans();
await mixed();
