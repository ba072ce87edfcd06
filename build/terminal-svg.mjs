// Draws the screen that tests/peers/terminal.mjs has read, as SVG.
import { readFileSync } from "node:fs";

const { cells } = JSON.parse(readFileSync(0, "utf8"));
while (cells.at(-1)?.every(([c]) => c === " ")) cells.pop();
const [width, height] = [8.4, 18];
const named = ["#484f58", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#c9d1d9",
  "#8b949e", "#ff7b72", "#3fb950", "#e3b341", "#58a6ff", "#d2a8ff", "#76e3ea", "#ffffff"];
const escape = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const place = number => +number.toFixed(2);
// Bars are drawn, as terminals do it: those of fonts leave gaps. Left, top, width, height in parts of a cell, and how solid.
const shape = c => {
  const code = c.codePointAt(0);
  if (code >= 0x2581 && code <= 0x2588) return [0, 1 - (code - 0x2580) / 8, 1, (code - 0x2580) / 8, 1];
  if (code >= 0x2589 && code <= 0x258f) return [0, 0, (0x2590 - code) / 8, 1, 1];
  return { "░": [0, 0, 1, 1, 0.3], "─": [0, 0.47, 1, 0.06, 1], "━": [0, 0.42, 1, 0.16, 1] }[c];
};
// Runs of one colour and kind, each at its place: fonts differ in how wide they are.
const runs = line => line.reduce((all, [c, colour], x) => {
  const [last, bar] = [all.at(-1), shape(c)];
  if (last && last.colour === colour && (bar ? last.text[0] === c && bar[2] === 1 : !last.bar)) {
    last.text += c;
    if (!c || c.trim() || bar) last.cells = x + 1 - last.x;
  } else all.push({ x, colour, bar, text: c, cells: 1 });
  return all;
}, []).filter(run => run.text.trim());
const size = [cells[0].length * width + 24, cells.length * height + 24].map(place);
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(" ")}" width="${size[0]}" height="${size[1]}"`);
console.log(`  font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" fill="#c9d1d9">`);
console.log(`<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`);
const fill = colour => colour < 0 ? "" : ` fill="${named[colour] ?? "#8b949e"}"`;
cells.forEach((line, y) => runs(line).forEach(({ x, colour, bar, text, cells }) => {
  const [left, top] = [12 + x * width, 12 + y * height];
  if (bar)
    console.log(`<rect x="${place(left + bar[0] * width)}" y="${place(top + bar[1] * height)}" ` +
      `width="${place(bar[2] * width * cells)}" height="${place(bar[3] * height)}"${fill(colour)}` +
      (bar[4] < 1 ? ` opacity="${bar[4]}"` : "") + ` shape-rendering="crispEdges"/>`);
  else
    console.log(`<text x="${place(left)}" y="${top + 14}" xml:space="preserve"` +
      ` textLength="${place(cells * width)}"${fill(colour)}>${escape(text.trimEnd())}</text>`);
}));
console.log("</svg>");
