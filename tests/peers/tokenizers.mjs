// Hugging Face's tokenizers, the Rust library. Standard input: tokenizer.json on one line, then texts, a JSON string a
// line. Standard output: a line a text, its ids, a semicolon, and the first and last code point of each.
import { readFileSync } from 'node:fs';
import tokenizers from 'tokenizers';

const [json, ...lines] = readFileSync(0, 'utf8').trimEnd().split('\n');
const tokenizer = tokenizers.Tokenizer.fromString(json);
const encodings = await tokenizer.encodeBatch(lines.map((line) => JSON.parse(line)));
const written = encodings.map((one) => `${one.getIds().join(' ')};${one.getOffsets().map((o) => o.join(' ')).join(' ')}`);
process.stdout.write(written.join('\n') + '\n');
