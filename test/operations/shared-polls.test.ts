import { SharedPolls } from '../../src/operations/shared-polls.js';
import { eventually } from '../support/process.js';

test('however many watch the same thing, it is looked at once each time, and no more when nobody watches', async () => {
  const polls = new SharedPolls<number>(String);
  const stopping = new AbortController();
  let looks = 0;
  let value = 1;
  const look = async () => {
    looks += 1;
    return value;
  };
  const seen = Array.from({ length: 50 }, () => [] as number[]);
  const watchers = seen.map(async (values) => {
    for await (const found of polls.follow('a', look, stopping.signal)) values.push(found);
  });
  await eventually(() => seen.every((values) => values.length === 1));
  expect(looks).toBe(1);
  value = 2;
  await eventually(() => seen.every((values) => values.length === 2));
  expect(seen).toEqual(Array.from({ length: 50 }, () => [1, 2]));
  const before = looks;
  stopping.abort();
  await Promise.all(watchers);
  const again = new AbortController();
  for await (const found of polls.follow('a', look, again.signal)) {
    expect(found).toBe(2);
    again.abort();
  }
  expect(looks).toBeLessThanOrEqual(before + 2);
});

test('what a look fails with ends all who watch, and the next who comes looks anew', async () => {
  const polls = new SharedPolls<string>((value) => value);
  const { signal } = new AbortController();
  const fails = () => Promise.reject(new Error('away'));
  const first = polls.follow('a', fails, signal);
  const second = polls.follow('a', fails, signal);
  await Promise.all([first, second].map((one) => expect(one.next()).rejects.toThrow('away')));
  const third = polls.follow('a', async () => 'there', signal);
  expect(await third.next()).toEqual({ done: false, value: 'there' });
  await third.return();
});
