// A worker of another make: joins a coordinator with @grpc/grpc-js, scores one window of one file, gives the lease back
// and leaves. Prints what it was told as one line of JSON.
//   node worker.mjs ADDRESS FOLDER-OF-PROTOS VERSION ROWS SHA256 CREDENTIAL
import crypto from 'node:crypto';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const [, , address, protos, version, rows, sha256, credential] = process.argv;
const key = crypto.randomBytes(32).toString('hex');
const definition = loader.loadSync('fineweb/v1/coordination.proto', {
  includeDirs: [protos], keepCase: true, longs: String, enums: String, defaults: true, oneofs: true,
});
const { Coordination } = grpc.loadPackageDefinition(definition).fineweb.v1;
const client = new Coordination(address, grpc.credentials.createInsecure());
const shown = new grpc.Metadata();
shown.set('fineweb-worker', key);
shown.set('fineweb-credential', credential);
const work = client.Work(shown);
const seen = {};

const scoresOf = count => {
  const bytes = Buffer.alloc(4 * count);
  for (let row = 0; row < count; row++)
    bytes.writeFloatLE(row / 8, 4 * row);
  return bytes;
};

const numbers = count => Array.from({ length: count }, (_, number) => number);

const onMessage = {
  welcome(welcome) {
    seen.run = { model: welcome.run.model.files.map(file => file.name), window_rows: welcome.run.window_rows };
    seen.digest = welcome.run.digest;
    work.write({ work_request: {} });
  },
  score_lease(lease) {
    seen.lease = { file: lease.file.name, first_window: lease.first_window, rows: lease.file.rows };
    seen.fence = lease.fence;
    const count = seen.run.window_rows;
    work.write({ file_opened: { fence: lease.fence, rows, sha256, run_digest: seen.digest } });
    work.write({
      scores: {
        fence: lease.fence, sequence: 1, run_digest: seen.digest,
        batches: [{
          window: lease.first_window, rows: numbers(count), scores: scoresOf(count), numeric_class: 'another make',
          token_counts: numbers(count).map(() => 10),
        }],
      },
    });
  },
  scores_stored(stored) {
    seen.stored = stored.sequence;
    work.write({ heartbeat: { leases: [{ fence: seen.fence, reading_window: 0 }] } });
    work.write({ lease_ended: { fence: seen.fence, outcome: 'RETURNED', run_digest: seen.digest } });
    work.write({ goodbye: {} });
  },
};

const refusals = {
  rejection: rejection => { seen.rejection = rejection.reason; },
  lease_revoked: revoked => { seen.revoked = revoked.reason; },
};

work.on('data', message => ({ ...onMessage, ...refusals })[message.message]?.(message[message.message]));
work.on('error', error => { seen.error = error.details; });
work.on('status', status => {
  seen.status = status.code;
  delete seen.fence;
  delete seen.digest;
  console.log(JSON.stringify(seen));
  client.close();
});
work.write({
  hello: {
    worker_id: crypto.createHash('sha256').update(key).digest('hex').slice(0, 32),
    name: 'grpc-js', program_version: version, device_kind: 'cpu', device_name: 'node',
    dtypes: ['FP32'], numeric_class: 'another make',
  },
});
