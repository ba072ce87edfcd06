// Reads a card from standard input and prints its front matter, as js-yaml reads it, as JSON.
import { readFileSync } from "node:fs";
import * as yaml from "js-yaml";

const [, matter] = /^---\n([\s\S]*?)\n---\n/.exec(readFileSync(0, "utf8"));
console.log(JSON.stringify(yaml.load(matter)));
