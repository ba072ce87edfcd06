// Plays what a program has written on a terminal of xterm.js, and prints what a person would see, as JSON.
// Standard input: {"columns": 80, "rows": 24, "steps": ["text", [columns, rows], …]}; a pair resizes the terminal.
// Standard output: {"above": [lines that have passed by], "screen": [lines], "cells": [[character, colour] a line]}.
import { readFileSync } from "node:fs";
import xterm from "@xterm/headless";

const { columns, rows, steps } = JSON.parse(readFileSync(0, "utf8"));
// convertEol: what the terminal's driver does to line feeds of a program.
const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, convertEol: true, allowProposedApi: true });
for (const step of steps) {
  if (typeof step === "string") await new Promise(done => terminal.write(step, done));
  else terminal.resize(...step);
}
const buffer = terminal.buffer.active;
const line = y => buffer.getLine(y)?.translateToString(true) ?? "";
const colours = y => Array.from({ length: terminal.cols }, (_, x) => buffer.getLine(y)?.getCell(x))
  .map(cell => [cell?.getChars() || (cell?.getWidth() === 0 ? "" : " "), cell?.isFgDefault() ? -1 : cell?.getFgColor() ?? -1]);
const screen = Array.from({ length: terminal.rows }, (_, y) => buffer.baseY + y);
console.log(JSON.stringify({
  above: Array.from({ length: buffer.baseY }, (_, y) => line(y)),
  screen: screen.map(line),
  cells: screen.map(colours),
}));
