import fc from 'fast-check';
import { PartHeaders } from '../../src/http/part-headers.js';

/** Whether a treacherous header is found when the form comes in pieces of these sizes. */
function isFound(form: string, sizes: number[]): boolean {
  const headers = new PartHeaders('b');
  let at = 0;
  let found = false;
  for (const size of [...sizes, form.length]) {
    found = headers.push(Buffer.from(form.slice(at, at + size))) || found;
    at += size;
  }
  return found;
}

const disposition = 'Content-Disposition: form-data; name="a"';

test.each([
  ['alone', '--b\r\n__proto__: x\r\n\r\nx\r\n--b--'],
  ['behind another', `--b\r\n${disposition}\r\n__proto__: x\r\n\r\nx\r\n--b--`],
  ['in a later part', `--b\r\n${disposition}\r\n\r\nx\r\n--b\r\nConstructor : x\r\n\r\nx\r\n--b--`],
  ['behind an empty part', `--b\r\n${disposition}\r\n\r\n\r\n--b\r\nprototype:x\r\n\r\n\r\n--b--`],
  ['behind a part without even that', `--b\r\n${disposition}\r\n\r\n--b\r\nprototype:x\r\n\r\n\r\n--b--`],
  [
    'behind a lot of content',
    `--b\r\n${disposition}\r\n\r\n${'\r\n-'.repeat(20_000)}\r\n--b\r\n__proto__:\r\n\r\n--b--`,
  ],
])('a header with a treacherous name %s is found, however the form is cut', (_, form) => {
  expect(isFound(form, [])).toBe(true);
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (sizes) => isFound(form, sizes)));
});

test('content, and headers that only look like it, are none of its business', () => {
  const text = '__proto__: x\r\nconstructor: y\r\n\r\n__proto__: z';
  const form = `--b\r\n${disposition}\r\nX-__proto__: x\r\n\r\n${text}\r\n-b\r\n${text}\r\n--b--\r\n`;
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (sizes) => !isFound(form, sizes)));
});
