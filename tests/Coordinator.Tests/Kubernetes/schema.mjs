// Writes schema.json: the fields of the objects that the tests check, from Kubernetes' own OpenAPI document as the
// official client for JavaScript carries it. Usage, where it is installed:
//   npm install --ignore-scripts --no-save @kubernetes/client-node && node schema.mjs node_modules/@kubernetes/client-node
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const roots = ['V1ConfigMap', 'V1Job', 'V1NetworkPolicy', 'V1PodDisruptionBudget', 'V1Secret', 'V1Service', 'V1StatefulSet'];
const client = resolve(process.argv[2]);
const models = join(client, 'dist', 'gen', 'models');

async function fieldsOf(type) {
  const declared = readFileSync(join(models, `${type}.d.ts`), 'utf8');
  const module = await import(pathToFileURL(join(models, `${type}.js`)));
  return Object.fromEntries(module[type].attributeTypeMap.map((field) => {
    const isOptional = new RegExp(`^ +'${field.name}'\\?:`, 'm').test(declared);
    return [field.baseName + (isOptional ? '' : '!'), field.type + (field.format ? `/${field.format}` : '')];
  }));
}

const types = {};
for (const queue = [...roots]; queue.length > 0;) {
  const type = queue.pop();
  if (types[type]) continue;
  types[type] = await fieldsOf(type);
  for (const of of Object.values(types[type])) {
    const inner = of.replace(/\/.*/, '').replace(/^Array<(.*)>$/, '$1').replace(/^\{ \[key: string\]: (.*); \}$/, '$1');
    if (/^V1[A-Z]/.test(inner)) queue.push(inner);
  }
}

const { version } = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8'));
const release = /OpenAPI spec version: (\S+)/.exec(readFileSync(join(models, 'V1Job.d.ts'), 'utf8'))[1];
const lines = Object.keys(types).sort().map((type) => `  ${JSON.stringify(type)}: ${JSON.stringify(types[type])}`);
writeFileSync(
  new URL('schema.json', import.meta.url),
  `{\n  "": ${JSON.stringify({ from: `@kubernetes/client-node ${version}, Apache-2.0`, release })},\n${lines.join(',\n')}\n}\n`);
