import { createHash } from 'node:crypto';
import { assertBlobPath, assertStagingName, blobPath, storeOf } from '../../src/storage/blob-path.js';

const NAME = createHash('sha256').update('granary').digest();
const HEX = NAME.toString('hex');

describe('the path of a blob', () => {
  it('is made of its store, two levels of directories, its name and its id', () => {
    const path = blobPath('hot', NAME, '42');
    expect(path).toBe(`hot/${HEX.slice(0, 2)}/${HEX.slice(2, 4)}/${HEX}.42`);
    expect(assertBlobPath(path)).toBe(path);
    expect(storeOf(path)).toBe('hot');
  });

  it.each(['a', 'cold', 'eu-west-1', 'a'.repeat(31)])('may be in the store %p', (store) => {
    expect(storeOf(blobPath(store, NAME, 'x'))).toBe(store);
  });

  it.each(['', 'Hot', '1hot', '-hot', 'hot/x', '..', 'hot.', 'a'.repeat(32)])('is not in a store %p', (store) => {
    expect(() => blobPath(store, NAME, 'x')).toThrow('malformed');
  });

  it.each(['', '.', '../x', 'a/b', 'a.b', 'ä', 'x'.repeat(65), 'x\n', 'x\0'])('has no id %p', (id) => {
    expect(() => blobPath('hot', NAME, id)).toThrow('malformed');
  });

  it.each([0, 31, 33])('has no name of %d bytes', (bytes) => {
    expect(() => blobPath('hot', Buffer.alloc(bytes), 'x')).toThrow('malformed');
  });

  it.each([
    '',
    '/etc/passwd',
    `/hot/${HEX.slice(0, 2)}/${HEX.slice(2, 4)}/${HEX}.42`,
    `hot/${HEX.slice(0, 2)}/${HEX.slice(2, 4)}/${HEX}`,
    `hot/${HEX.slice(0, 2)}/../${HEX}.42`,
    `hot/${HEX.slice(0, 2)}/${HEX.slice(2, 4)}/${HEX.toUpperCase()}.42`,
    `hot/${HEX.slice(0, 2)}/${HEX.slice(2, 4)}/${HEX}.42\n`,
    `hot\\${HEX.slice(0, 2)}\\${HEX.slice(2, 4)}\\${HEX}.42`,
  ])('is not %p, and the error does not show it', (path) => {
    expect(() => assertBlobPath(path)).toThrow(expect.objectContaining({ kind: 'Internal' }));
    expect(() => assertBlobPath(path)).toThrow(/^The path of a blob is malformed\.$/);
  });
});

describe('the name of a staging file', () => {
  it.each(['1', 'upload-7', '0199a5c8-1f0e-7000-8000-000000000000', 'x'.repeat(128)])('may be %p', (name) => {
    expect(assertStagingName(name)).toBe(name);
  });

  it.each(['', '.', '..', 'a/b', '.hidden', 'a b', 'x'.repeat(129), 'x\n'])('is not %p', (name) => {
    expect(() => assertStagingName(name)).toThrow(expect.objectContaining({ kind: 'Internal' }));
  });
});
