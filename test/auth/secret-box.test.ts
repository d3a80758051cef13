import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { DownloadLinks } from '../../src/auth/download-link.js';
import { MasterKeys } from '../../src/auth/master-keys.js';
import { SecretBox } from '../../src/auth/secret-box.js';

const box = new SecretBox(new MasterKeys([randomBytes(32)]));
const broken = expect.objectContaining({ kind: 'Internal', reason: 'SealBroken' });

test('whatever is sealed opens again in its context, and never looks the same twice', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (secret, context) => {
      const sealed = box.seal(secret, context);
      expect(box.open(sealed, context)).toBe(secret);
      expect(box.seal(secret, context)).not.toEqual(sealed);
    }),
  );
});

test('a change of any byte, a cut, another context or another key is noticed', () => {
  const sealed = box.seal('secret', 'access_key:A');
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => box.open(changed, 'access_key:A')).toThrow(broken);
  }
  expect(() => box.open(sealed.subarray(0, -1), 'access_key:A')).toThrow(broken);
  expect(() => box.open(Buffer.alloc(0), 'access_key:A')).toThrow(broken);
  expect(() => box.open(sealed, 'access_key:B')).toThrow(broken);
  expect(() => new SecretBox(new MasterKeys([randomBytes(32)])).open(sealed, 'access_key:A')).toThrow(broken);
});

test('keys are 32 bytes, differ by purpose and do not change', () => {
  expect(box.derive('a').symmetricKeySize).toBe(32);
  expect(box.derive('a').equals(box.derive('a'))).toBe(true);
  expect(box.derive('a').equals(box.derive('b'))).toBe(false);
  expect(() => new SecretBox(new MasterKeys([randomBytes(31)]))).toThrow(
    expect.objectContaining({ kind: 'InvalidInput' }),
  );
});

describe('download links', () => {
  const links = new DownloadLinks(box);
  const soon = Math.floor(Date.now() / 1000) + 60;
  const link = {
    kind: 'object',
    userId: 9,
    tenantId: 1,
    bucketId: 2,
    key: 'a/ü\n😀?#%',
    versionId: 'null',
    exp: soon,
    limits: [],
  } as const;

  test('say what they were signed for, in characters that a URL takes', () => {
    const token = links.sign(link);
    expect(token).toMatch(/^[A-Za-z0-9_.-]+$/);
    expect(links.verify(token)).toEqual(link);
    const folder = {
      kind: 'folder',
      userId: 9,
      tenantId: 1,
      bucketId: 2,
      prefix: 'ü/',
      exp: soon,
      limits: [],
    } as const;
    expect(links.verify(links.sign(folder))).toEqual(folder);
  });

  test('are refused when they were changed, cut, signed by another key, or are no links at all', () => {
    const token = links.sign(link);
    const refused = expect.objectContaining({ kind: 'Denied', reason: 'InvalidLink' });
    const [payload, signature] = token.split('.');
    const other = links.sign({ ...link, key: 'b' }).split('.');
    for (const wrong of [
      `${other[0]}.${signature}`,
      `${payload}.`,
      `${payload}`,
      `${token}.`,
      `${token.slice(0, -1)}`,
      new DownloadLinks(new SecretBox(new MasterKeys([randomBytes(32)]))).sign(link),
      '',
      '.',
      'x'.repeat(100_000),
    ]) {
      expect(() => links.verify(wrong)).toThrow(refused);
    }
  });

  test('end', () => {
    const past = links.sign({ ...link, exp: Math.floor(Date.now() / 1000) });
    expect(() => links.verify(past)).toThrow(expect.objectContaining({ kind: 'Denied', reason: 'ExpiredLink' }));
  });
});
