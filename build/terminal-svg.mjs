// Draws the screen that tests/peers/terminal.mjs has read, as SVG.
import { readFileSync } from "node:fs";

const { cells } = JSON.parse(readFileSync(0, "utf8"));
while (cells.at(-1)?.every(([c]) => c === " ")) cells.pop();
const [width, height] = [8.4, 18];
const named = ["#484f58", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#c9d1d9",
  "#8b949e", "#ff7b72", "#3fb950", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#ffffff"];
const escape = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
// One run of a colour after the other, each at its place: fonts differ in how wide they are.
const runs = line => line.reduce((all, [c, colour], x) => {
  const last = all.at(-1);
  if (last && last.colour === colour) last.text += c; else all.push({ x, colour, text: c });
  return all;
}, []).filter(run => run.text.trim());
const size = [cells[0].length * width + 24, cells.length * height + 24];
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(" ")}" width="${size[0]}" height="${size[1]}"`);
console.log(`  font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" fill="#c9d1d9">`);
console.log(`<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`);
cells.forEach((line, y) => runs(line).forEach(({ x, colour, text }) => console.log(
  `<text x="${(12 + x * width).toFixed(1)}" y="${12 + y * height + 14}" xml:space="preserve"` +
  ` textLength="${(text.trimEnd().length * width).toFixed(1)}"` +
  (colour < 0 ? "" : ` fill="${named[colour] ?? "#8b949e"}"`) + `>${escape(text.trimEnd())}</text>`)));
console.log("</svg>");
