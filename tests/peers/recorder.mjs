// Stands between a worker and its coordinator, passes everything on and writes down all that passes, both ways.
//   node recorder.mjs LISTEN-HOST LISTEN-PORT HOST PORT FILE
import fs from 'node:fs';
import net from 'node:net';

const [, , listenHost, listenPort, host, port, file] = process.argv;
const record = fs.createWriteStream(file);
const server = net.createServer(worker => {
  const coordinator = net.connect(Number(port), host);
  for (const [from, to] of [[worker, coordinator], [coordinator, worker]]) {
    from.on('data', bytes => { record.write(bytes); to.write(bytes); });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
  }
});
server.listen(Number(listenPort), listenHost, () => console.log('recording'));
process.stdin.resume().on('end', () => record.end(() => process.exit(0)));
