// A client in a thread of its own that is busy while the server answers: it sends on before it looks what has come. It
// posts all that it received until the connection closed.
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const { hostname, port, head, waitsFor, busyMs } = workerData;
// On its way here a Buffer becomes a Uint8Array.
const body = Buffer.from(workerData.body);
const firstBytes = 2 * 1024 * 1024;
let received = '';

const socket = connect(port, hostname, () => {
  if (waitsFor === 'nothing') {
    // At once, so that the server cannot see the head and not yet that the body comes as well.
    send(Buffer.concat([Buffer.from(head), body]));
  } else {
    socket.write(head);
  }
});
socket.on('data', (bytes) => {
  received += bytes.toString();
  if (waitsFor === '100 Continue' && received === 'HTTP/1.1 100 Continue\r\n\r\n') {
    send(body);
  }
});
// What it has not received by then is lost to it.
socket.on('error', () => socket.destroy());
socket.on('close', () => parentPort.postMessage(received));

function send(bytes) {
  socket.write(bytes.subarray(0, firstBytes));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyMs);
  socket.write(bytes.subarray(firstBytes));
}
