// Made arrow-types.parquet: one column of nearly every Arrow type, with the schema that Arrow's writers add.
// npm install apache-arrow@21.2.0 parquet-wasm@0.8.0; node arrow-types.mjs arrow-types.parquet
import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'

const require = createRequire(`${process.cwd()}/`)
const A = require('apache-arrow')
const P = require('parquet-wasm')

const field = (name, type, nullable = true, metadata = undefined) => new A.Field(name, type, nullable, metadata)
const bytes = (length, fill) => new Uint8Array(length).fill(fill)
const utc = 'UTC'

const columns = []
const add = (column, values) => columns.push([column, A.vectorFromArray(values, column.type).data[0]])
// Times as the integers they are stored as; row 2 is null.
const addTimes = (column, values) => {
  const data = new (column.type.bitWidth === 32 ? Int32Array : BigInt64Array)(values)
  columns.push([column, A.makeData({ type: column.type, length: 4, nullCount: 1, nullBitmap: Uint8Array.of(11), data })])
}

add(field('text', new A.Utf8()), ['a', 'b', null, 'd'])
addTimes(field('timestamp_ms', new A.TimestampMillisecond()), [1n, -2n, 0n, 1600000000123n])
addTimes(field('timestamp_us', new A.TimestampMicrosecond()), [1n, -2n, 0n, 1600000000123456n])
addTimes(field('timestamp_ns', new A.TimestampNanosecond()), [1n, -2n, 0n, 1600000000123456789n])
addTimes(field('timestamp_ms_utc', new A.TimestampMillisecond(utc)), [1n, -2n, 0n, 1600000000123n])
addTimes(field('timestamp_us_utc', new A.TimestampMicrosecond(utc)), [1n, -2n, 0n, 1600000000123456n])
addTimes(field('timestamp_us_paris', new A.TimestampMicrosecond('Europe/Paris')), [1n, -2n, 0n, 1600000000123456n])
addTimes(field('timestamp_ns_utc', new A.TimestampNanosecond(utc)), [1n, -2n, 0n, 1600000000123456789n])
addTimes(field('time_ms', new A.TimeMillisecond()), [1, 2, 0, 86399999])
addTimes(field('time_us', new A.TimeMicrosecond()), [1n, 2n, 0n, 86399999999n])
addTimes(field('time_ns', new A.TimeNanosecond()), [1n, 2n, 0n, 86399999999999n])
addTimes(field('duration', new A.DurationMicrosecond()), [1n, -2n, 0n, 4n])
add(field('float16', new A.Float16()), [1.5, 2, null, -0.25])
add(field('fixed_binary', new A.FixedSizeBinary(3)), [bytes(3, 1), bytes(3, 0), null, bytes(3, 255)])
add(field('large_binary', new A.LargeBinary()), [bytes(1, 1), bytes(0, 0), null, bytes(3, 255)])
add(field('binary', new A.Binary()), [bytes(1, 1), bytes(0, 0), null, bytes(3, 255)])
add(field('uuid', new A.FixedSizeBinary(16), true, new Map([['ARROW:extension:name', 'arrow.uuid']])),
  [bytes(16, 1), bytes(16, 0), null, bytes(16, 255)])
add(field('decimal', new A.Decimal(2, 9, 128)), [1, 2, null, 4].map(x => x && Uint32Array.of(x, 0, 0, 0)))
add(field('decimal38', new A.Decimal(10, 38, 128)), [1, 2, null, 4].map(x => x && Uint32Array.of(x, 0, 0, 7)))
add(field('int8', new A.Int8()), [1, -128, null, 127])
add(field('uint16', new A.Uint16()), [1, 65535, null, 127])
add(field('uint32', new A.Uint32()), [1, 4294967295, null, 127])
add(field('required', new A.Int32(), false), [1, 2, 3, 4])
add(field('required_text', new A.Utf8(), false), ['1', '2', '3', ''])
add(field('fixed_list', new A.FixedSizeList(2, field('item', new A.Int32()))), [[1, 2], [3, 4], null, [5, 6]])
add(field('list', new A.List(field('item', new A.Int32()))), [[1, null], [], null, [5, 6, 7]])
add(field('list_required', new A.List(field('item', new A.Int32(), false))), [[1, 2], [], null, [5, 6, 7]])
add(field('struct', new A.Struct([field('a', new A.Int32()), field('b', new A.Int32(), false)])),
  [{ a: 1, b: 2 }, { a: null, b: 4 }, null, { a: 7, b: 8 }])
add(field('map', new A.Map_(field('entries', new A.Struct(
  [field('key', new A.Utf8(), false), field('value', new A.Int32())]), false))),
  [new Map([['a', 1]]), new Map(), null, new Map([['b', null]])])
add(field('dictionary', new A.Dictionary(new A.Utf8(), new A.Int32())), ['x', 'y', null, 'x'])
add(field('large_string', new A.LargeUtf8()), ['x', 'y', null, 'x'])

const schema = new A.Schema(columns.map(([column]) => column))
const children = columns.map(([, data]) => data)
const data = A.makeData({ type: new A.Struct(schema.fields), length: 4, nullCount: 0, children })
const table = P.Table.fromIPCStream(A.tableToIPC(new A.Table(schema, [new A.RecordBatch(schema, data)]), 'stream'))
writeFileSync(process.argv[2], P.writeParquet(table, new P.WriterPropertiesBuilder().build()))
