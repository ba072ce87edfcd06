// What build/mutants asks its tests, and what they have answered.
//   node mutants.mjs plan FOLDER PROJECT ASSEMBLY SOURCES TESTS FILES   writes FOLDER/plan.json, see tests/Mutants
//   node mutants.mjs report FOLDER PROJECT PART                         what no test noticed, then the score
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const [command, path, project, ...rest] = process.argv.slice(2);
const folder = resolve(path);
const map = JSON.parse(readFileSync(join(dirname(folder), project, 'map.json'), 'utf8'));

/** All mutants that were compiled in, by number: file (below the project), source and what Stryker says of each. */
function* mutants() {
  for (const [path, { source, mutants }] of Object.entries(map.files))
    for (const mutant of mutants)
      if (!['Ignored', 'CompileError'].includes(mutant.status))
        yield { ...mutant, id: Number(mutant.id), file: path.replace(/^.*\/src\/[^/]+\//, ''), source };
}

/** Mulberry32: the same sample for the same seed on any machine. */
function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sample(list, count, next) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list.slice(0, count);
}

function plan(assembly, sources, tests, files) {
  const wanted = new RegExp(`^${sources}`);
  const named = new RegExp(`/${(files || '*').replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  const { MUTANTS_SAMPLE: count, MUTANTS_SEED: seed = '1', MUTANTS_PATIENCE: patience = '600' } = process.env;
  let list = [...mutants()].filter(({ file }) => wanted.test(file) && named.test(file));
  if (count) list = sample(list, Number(count), chance(Number(seed)));
  list.sort((a, b) => a.id - b.id);
  writeFileSync(join(folder, 'plan.json'), JSON.stringify({
    tests: `FineWebTorch.${project}.Tests.dll`, mutated: assembly, classes: tests,
    coverage: join(folder, 'coverage'), answers: join(folder, 'answers'), alone: false, longestTest: 20,
    patience: Number(patience),
    mutants: list.map(({ id, file }) => ({ id, file })),
  }));
}

function report(part) {
  const asked = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')).mutants;
  const answers = new Map();
  if (existsSync(join(folder, 'answers')))
    for (const line of readFileSync(join(folder, 'answers'), 'utf8').trim().split('\n').map(line => JSON.parse(line)))
      answers.set(line.mutant, line.verdict);
  const counts = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };
  const all = new Map([...mutants()].map(mutant => [mutant.id, mutant]));
  const text = line => line.replace(/\s+/g, ' ').trim();
  for (const { id } of asked) {
    const verdict = answers.get(id);
    if (verdict in counts) counts[verdict]++;
    if (!['Survived', 'NoCoverage'].includes(verdict)) continue;
    const { file, source, location: { start, end }, mutatorName, replacement } = all.get(id);
    const line = source.split('\n')[start.line - 1];
    const before = start.line === end.line
      ? line.slice(start.column - 1, end.column - 1)
      : `${line.slice(start.column - 1)} ...`;
    const change = `${text(before)} -> ${text(replacement).slice(0, 160)}`;
    console.log(`src/${project}/${file}:${start.line}: ${mutatorName}: ${change}` +
      (verdict === 'NoCoverage' ? ' (no test gets there)' : ''));
  }
  const good = counts.Killed + counts.Timeout, done = good + counts.Survived + counts.NoCoverage;
  const score = done ? (100 * good / done).toFixed(1) : '-';
  console.log(`${part}: ${good} of ${done} noticed, ${score} % ` +
    `(${counts.Timeout} by running out of time, ${counts.NoCoverage} of the others reached by no test)` +
    (done < asked.length ? `; ${asked.length - done} not asked` : ''));
}

({ plan, report })[command](...rest);
