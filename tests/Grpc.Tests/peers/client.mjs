// Makes calls with @grpc/grpc-js to the address given and prints what it saw: one JSON line a check.
import { createRequire } from 'node:module';

const [, , address, proto, modules] = process.argv;
const require = createRequire(`${modules}/`);
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const { Testing } = grpc.loadPackageDefinition(loader.loadSync(proto, { defaults: true })).fineweb.testing;
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

const report = (check, seen) => console.log(JSON.stringify({ check, seen }));

const connect = options => new Testing(address, grpc.credentials.createInsecure(), options);

const unary = (client, note, metadata = new grpc.Metadata(), options = {}) =>
  new Promise(resolve => {
    const seen = {};
    const call = client.Unary(note, metadata, options, (error, reply) => {
      seen.error = error;
      seen.reply = reply;
    });
    call.on('metadata', headers => { seen.headers = headers; });
    call.on('status', status => resolve({ ...seen, status }));
  });

const read = stream =>
  new Promise(resolve => {
    const numbers = [];
    let code = 0;
    stream.on('data', note => numbers.push(note.number));
    stream.on('error', error => { code = error.code; });
    stream.on('status', () => setImmediate(() => resolve({ numbers, code })));
  });

const sum = (client, numbers) =>
  new Promise((resolve, reject) => {
    const call = client.ClientStreaming((error, reply) => (error ? reject(error) : resolve(reply.number)));
    numbers.forEach(number => call.write({ number }));
    call.end();
  });

const echo = (client, numbers) => {
  const call = client.DuplexStreaming();
  numbers.forEach(number => call.write({ number }));
  call.end();
  return read(call);
};

// 1 and 2 are deflate and gzip in grpc-js.
for (const [name, algorithm] of [['', 0], [' gzip', 2], [' deflate', 1]]) {
  const client = connect({ 'grpc.default_compression_algorithm': algorithm });
  const text = 'über 日本'.repeat(100);
  const { reply } = await unary(client, { text, number: 7 });
  report(`unary${name}`, [reply.text === text, reply.number]);
  report(`client streaming${name}`, await sum(client, Array.from({ length: 101 }, (_, number) => number)));
  report(`server streaming${name}`, (await read(client.ServerStreaming({ number: 5 }))).numbers);
  report(`duplex streaming${name}`, (await echo(client, [1, 2, 3])).numbers);
  report(`empty message${name}`, (await unary(client, {})).reply.text);
  client.close();
}

const client = connect({ 'grpc.max_receive_message_length': 4 * 1024 * 1024 });
for (const encoding of ['gzip', 'deflate']) {
  report(`response in ${encoding}`, (await unary(client, { text: encoding, number: 5000 })).reply.text.length);
  report(`empty response in ${encoding}`, (await unary(client, { text: encoding })).reply.text.length);
}

const failed = await unary(client, { text: 'fail' });
report('status', [failed.error.code, failed.error.details]);
report('trailers of an error', failed.error.metadata.get('why-bin').map(value => [...value]));
const thrown = await unary(client, { text: 'throw' });
report('unhandled exception', [thrown.error.code, thrown.error.details]);
report('null response', (await unary(client, { text: 'null' })).error.code);

const unknown = path =>
  new Promise(resolve => {
    client.makeUnaryRequest(path, value => value, value => value, Buffer.alloc(0), error => resolve(error.code));
  });
report('unknown method', await unknown('/fineweb.testing.Testing/Absent'));
report('unknown service', await unknown('/absent.Service/Unary'));

const torn = await read(client.ServerStreaming({ text: 'fail', number: 2 }));
report('error after messages', [torn.numbers, torn.code]);
report('error before messages', (await read(client.ServerStreaming({ text: 'fail' }))).code);

const sent = new grpc.Metadata();
sent.set('x-text', 'plain');
sent.set('x-bytes-bin', everyByte);
const told = await unary(client, { text: 'metadata' }, sent);
const echoed = metadata => [metadata.get('x-text')[0], everyByte.equals(metadata.get('x-bytes-bin')[0])];
report('headers', echoed(told.headers));
report('trailers', echoed(told.status.metadata));

const data = (await unary(client, { data: Buffer.alloc(3_500_000, 1) })).reply.data;
report('large message', [data.length, data.filter(value => value === 1).length]);
report('request over the limit', (await unary(client, { data: Buffer.alloc(4_300_000, 1) })).error.code);
report('response over the limit', (await unary(client, { text: 'large', number: 4_300_000 })).error.code);

const late = await unary(client, { text: 'wait' }, new grpc.Metadata(), { deadline: Date.now() + 200 });
report('deadline', late.error.code);
report('deadline seen by the server', (await unary(client, { text: 'was cancelled' })).reply.text);
const stream = client.ServerStreaming({ text: 'wait', number: 1 });
stream.once('data', () => stream.cancel());
report('cancellation', (await read(stream)).code);
client.close();
