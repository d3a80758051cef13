import {
  type ReplicationRule,
  replicationOf,
  validRules,
} from '../../../src/operations/replication/replication-rules.js';

const base: ReplicationRule = {
  ...{ id: 'base', enabled: true, priority: 1, prefix: '', tags: {}, targetId: 'a', deleteMarkers: false },
};
const content = { key: 'photos/one', tags: { kind: 'photo' }, what: 'content' as const };

test('a version goes to every target that a rule names which fits it', () => {
  const replication = [
    base,
    { ...base, id: 'b', targetId: 'b' },
    { ...base, id: 'c', targetId: 'c', prefix: 'other/' },
  ];
  expect(replicationOf({ replication }, content)).toEqual({ status: 'PENDING', targets: ['a', 'b'] });
  expect(replicationOf({ replication: [] }, content)).toBeNull();
});

test('of the rules with one target the fitting one with the highest priority decides alone', () => {
  const markers = { ...base, id: 'm', priority: 2, deleteMarkers: true };
  const marker = { key: 'photos/one', tags: {}, what: 'marker' as const };
  expect(replicationOf({ replication: [base, markers] }, marker)).toEqual({ status: 'PENDING', targets: ['a'] });
  expect(replicationOf({ replication: [{ ...base, priority: 3 }, markers] }, marker)).toBeNull();
  const elsewhere = { ...base, id: 'e', priority: 3, prefix: 'other/' };
  expect(replicationOf({ replication: [elsewhere, markers] }, marker)).not.toBeNull();
});

test('a rule that is not enabled, or whose tags are not all there, fits nothing', () => {
  expect(replicationOf({ replication: [{ ...base, enabled: false }] }, content)).toBeNull();
  expect(replicationOf({ replication: [{ ...base, tags: { kind: 'photo' } }] }, content)).not.toBeNull();
  expect(replicationOf({ replication: [{ ...base, tags: { kind: 'photo', year: '1' } }] }, content)).toBeNull();
});

test.each([
  ['the same id twice', [base, { ...base, priority: 2 }]],
  ['the same priority twice for one target', [base, { ...base, id: 'b' }]],
  ['no id', [{ ...base, id: '' }]],
  ['a priority below 0', [{ ...base, priority: -1 }]],
  ['a prefix that is longer than any key', [{ ...base, prefix: 'x'.repeat(1025) }]],
  ['tags and delete markers', [{ ...base, tags: { a: 'b' }, deleteMarkers: true }]],
  ['text that no row can hold', [{ ...base, prefix: '\0' }]],
  ['more than a thousand rules', Array.from({ length: 1001 }, (_, i) => ({ ...base, id: `${i}`, priority: i }))],
])('rules with %s are refused', (_, rules) => {
  expect(() => validRules(rules)).toThrow(expect.objectContaining({ kind: 'InvalidInput' }));
});

test('rules with one priority are fine when their targets differ', () => {
  const rules = [base, { ...base, id: 'b', targetId: 'b' }];
  expect(validRules(rules)).toEqual(rules);
});
