import { Writable } from 'node:stream';
import { MultipartGate } from '../../src/http/multipart-gate.js';
import { eventually } from '../support/process.js';

const idleMs = 50;

/** A gate before something that takes what comes in its own time, and how its form has failed. */
function openGate(take: (done: () => void) => void) {
  const gate = new MultipartGate({}, { boundary: 'b', preambleBytes: 1000, idleMs });
  const errors: { status: number }[] = [];
  const parser = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => take(done) });
  parser.on('error', (error) => errors.push(error as never));
  gate.pipe(parser);
  return { gate, parser, errors };
}

test('a sender is not blamed for bytes that have come and wait', async () => {
  let taken = 0;
  const { gate, parser, errors } = openGate((done) => {
    taken += 1;
    setTimeout(done, 2 * idleMs);
  });
  for (let chunk = 0; chunk < 3; chunk++) {
    gate.write('x');
  }
  await eventually(() => taken === 3);
  // All has come, and the last of it is still being worked on.
  gate.end();
  await eventually(() => parser.writableFinished);
  expect(errors).toEqual([]);
});

test('a sender that stands still when all of what came has been taken is given up', async () => {
  const { gate, errors } = openGate((done) => done());
  gate.write('x');
  await eventually(() => errors.length > 0);
  expect(errors).toMatchObject([{ status: 408 }]);
});

test('a form that nobody gets on with is given up in the end', async () => {
  const { gate, errors } = openGate(() => undefined);
  gate.end('x');
  await eventually(() => errors.length > 0);
  expect(errors).toMatchObject([{ status: 408 }]);
});
