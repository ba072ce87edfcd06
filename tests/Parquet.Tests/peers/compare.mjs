// Compares shards with the files they were made from, by a Parquet reader of its own.
// Standard input: {"packages": node_modules folder, "jobs": [{"before", "after", "kept": [row, ...]}]};
// standard output: for each job {"columns", "metadata", "added", "differences"}.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const { packages, jobs } = JSON.parse(readFileSync(0, 'utf8'))
const require = createRequire(`${packages}/`)
const load = name => import(pathToFileURL(require.resolve(name)).href)
const { parquetMetadata, parquetSchema, parquetReadObjects } = await load('hyparquet')
const { compressors } = await load('hyparquet-compressors')

const parsers = {
  timestampFromMilliseconds: value => `${BigInt(value) * 1000000n} ns`,
  timestampFromMicroseconds: value => `${BigInt(value) * 1000n} ns`,
  timestampFromNanoseconds: value => `${BigInt(value)} ns`,
  dateFromDays: value => `day ${value}`,
  jsonFromBytes: value => value && new TextDecoder().decode(value),
}

async function read(path) {
  const bytes = readFileSync(path)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const metadata = parquetMetadata(file, { geoparquet: false })
  const rows = await parquetReadObjects({ file, metadata, compressors, parsers, utf8: false, geoparquet: false })
  return { metadata, rows, fields: parquetSchema(metadata).children.map(field) }
}

// A node as pyarrow would show it, from the Parquet schema alone.
function field({ element, children }) {
  const nullable = element.repetition_type === 'OPTIONAL'
  return { name: element.name, type: type(element, children), nullable }
}

function text({ name, type, nullable }) {
  return `${name}: ${type}${nullable ? '' : ' not null'}`
}

function type(element, children) {
  const kind = element.logical_type?.type ?? element.converted_type
  if (element.type === undefined) return group(element, kind, children)
  if (kind === 'DECIMAL') return `decimal(${element.precision}, ${element.scale ?? 0})`
  if (kind === 'TIMESTAMP') return `timestamp ${element.logical_type.unit} ${element.logical_type.isAdjustedToUTC}`
  if (kind === 'TIMESTAMP_MILLIS') return 'timestamp MILLIS false'
  if (kind === 'TIMESTAMP_MICROS') return 'timestamp MICROS false'
  if (kind === 'TIME') return `time ${element.logical_type.unit}`
  if (kind === 'TIME_MILLIS') return 'time MILLIS'
  if (kind === 'TIME_MICROS') return 'time MICROS'
  if (kind === 'STRING' || kind === 'UTF8' || kind === 'JSON') return 'string'
  if (kind === 'INTEGER') return `${element.logical_type.isSigned ? 'INT' : 'UINT'}_${element.logical_type.bitWidth}`
  if (kind === 'DATE' || kind === 'NULL' || kind === 'FLOAT16' || kind === 'INTERVAL') return kind
  if (element.type === 'INT32' && kind === undefined) return 'INT_32'
  if (element.type === 'INT64' && kind === undefined) return 'INT_64'
  if (element.type === 'FIXED_LEN_BYTE_ARRAY') return `binary[${element.type_length}]`
  return kind ?? element.type
}

function group(element, kind, children) {
  const fields = children.map(field)
  if (kind === 'LIST') {
    const item = field(children[0].children[0])
    return `list<${item.type}${item.nullable ? '' : ' not null'}>`
  }
  if (kind === 'MAP') return `map<${children[0].children.map(child => field(child).type).join(', ')}>`
  return `struct<${fields.map(text).join(', ')}>`
}

// A text of a value in which equal values, and only those, are equal.
function canonical(value) {
  if (value === undefined || value === null) return 'null'
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return `[${value.map(canonical).join(', ')}]`
  if (typeof value === 'bigint') return `${value}`
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'number') return `${value}`
  if (typeof value === 'object') {
    return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${canonical(item)}`).join(', ')}}`
  }
  return JSON.stringify(value)
}

async function compare({ before, after, kept }) {
  const [input, output] = [await read(before), await read(after)]
  const differences = []
  const carried = output.fields.slice(0, input.fields.length)
  input.fields.forEach((expected, i) => {
    if (text(expected) !== text(carried[i])) differences.push(`${text(expected)} became ${text(carried[i])}`)
  })
  if (output.rows.length !== kept.length) differences.push(`${kept.length} rows became ${output.rows.length}`)
  for (const { name } of input.fields) {
    const row = kept.findIndex((from, to) => canonical(input.rows[from][name]) !== canonical(output.rows[to]?.[name]))
    if (row >= 0) {
      const [was, is] = [input.rows[kept[row]][name], output.rows[row]?.[name]].map(canonical)
      differences.push(`${name}, row ${row}: ${was} became ${is}`)
    }
  }
  const added = output.fields.slice(input.fields.length)
  return {
    columns: output.fields.map(text),
    metadata: (output.metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']),
    rowGroups: output.metadata.row_groups.map(rowGroup => Number(rowGroup.num_rows)),
    added: Object.fromEntries(added.map(({ name }) => [name, output.rows.map(row => canonical(row[name]))])),
    differences,
  }
}

const results = []
for (const job of jobs) {
  try {
    results.push(await compare(job))
  } catch (error) {
    results.push({ columns: [], metadata: [], rowGroups: [], added: {}, differences: [`${error.stack}`] })
  }
}
process.stdout.write(JSON.stringify(results))
