// What Stryker's report says: the mutants that no test noticed, then the score.
// Usage: node mutants-report.mjs PART REPORT
import { readFileSync } from 'node:fs';

const [part, path] = process.argv.slice(2);
const { files } = JSON.parse(readFileSync(path, 'utf8'));
const missed = ['Survived', 'NoCoverage'];
const text = line => line.replace(/\s+/g, ' ').trim();
const counts = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };
for (const [file, { source, mutants }] of Object.entries(files)) {
  const lines = source.split('\n');
  for (const { status, location: { start, end }, mutatorName, replacement } of mutants) {
    if (status in counts) counts[status]++;
    if (!missed.includes(status)) continue;
    const before = start.line === end.line
      ? lines[start.line - 1].slice(start.column - 1, end.column - 1)
      : `${lines[start.line - 1].slice(start.column - 1)} ...`;
    const change = `${text(before)} -> ${text(replacement).slice(0, 160)}`;
    console.log(`${file.replace(/^.*\/src\//, 'src/')}:${start.line}: ${mutatorName}: ${change}` +
      (status === 'NoCoverage' ? ' (no test gets there)' : ''));
  }
}
const good = counts.Killed + counts.Timeout, all = good + counts.Survived + counts.NoCoverage;
console.log(`${part}: ${good} of ${all} noticed, ${all ? (100 * good / all).toFixed(1) : '-'} % ` +
  `(${counts.Timeout} by running out of time, ${counts.NoCoverage} of the others reached by no test)`);
