// A client in a thread of its own that is busy while the server answers: it sends on before it looks what has come. It
// posts all that it received until the connection closed.
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const { hostname, port, head, body, waitsFor, busyMs } = workerData;
const firstBytes = 2 * 1024 * 1024;
let received = '';

const socket = connect(port, hostname, () => {
  socket.write(head);
  if (waitsFor === 'nothing') {
    sendBody();
  }
});
socket.on('data', (bytes) => {
  received += bytes.toString();
  if (waitsFor === '100 Continue' && received === 'HTTP/1.1 100 Continue\r\n\r\n') {
    sendBody();
  }
});
// What it has not received by then is lost to it.
socket.on('error', () => socket.destroy());
socket.on('close', () => parentPort.postMessage(received));

function sendBody() {
  socket.write(body.subarray(0, firstBytes));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyMs);
  socket.write(body.subarray(firstBytes));
}
