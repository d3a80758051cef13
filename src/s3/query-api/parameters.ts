import type { Query } from '../protocol/query.js';
import { queryError } from './query-error.js';
import { missing, placeOf, violation } from './violation.js';

/** The parameters of one request, from its query and its form. */
export class Parameters {
  readonly #values = new Map<string, string>();

  constructor(...sources: Query[]) {
    for (const { name, value } of sources.flatMap(({ parameters }) => parameters)) {
      if (!this.#values.has(name)) {
        this.#values.set(name, value);
      }
    }
  }

  /** Undefined when it is not there or empty. */
  get(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  /** Also when it is empty; undefined only when it is not there. */
  sent(name: string): string | undefined {
    return this.#values.get(name);
  }

  required(name: string): string {
    const value = this.get(name);
    if (value === undefined) {
      throw missing(placeOf(name));
    }
    return value;
  }

  /** The same with another value of one of them. */
  with(name: string, value: string): Parameters {
    const changed = new Parameters();
    for (const [known, text] of this.#values) {
      changed.#values.set(known, text);
    }
    changed.#values.set(name, value);
    return changed;
  }

  /** A whole number within limits. */
  number(name: string, { least, most, usual }: { least: number; most: number; usual: number }): number {
    const text = this.get(name);
    if (text === undefined) {
      return usual;
    }
    if (!/^[+-]?\d{1,9}$/.test(text)) {
      throw queryError('MalformedInput', '');
    }
    const value = Number(text);
    if (value < least) {
      throw violation(placeOf(name), `Member must have value greater than or equal to ${least}`);
    }
    if (value > most) {
      throw violation(placeOf(name), `Member must have value less than or equal to ${most}`);
    }
    return value;
  }

  /** `PolicyArns.member.1.arn`, `PolicyArns.member.2.arn` …: the values, in order; `field` is what follows the number. */
  members(name: string, field = ''): string[] {
    const values: string[] = [];
    for (let place = 1; ; place++) {
      const value = this.#values.get(`${name}.member.${place}${field === '' ? '' : `.${field}`}`);
      if (value === undefined) {
        return values;
      }
      values.push(value);
    }
  }

  /** Throws NotImplemented when one of them, or a member of one, is there: who sends it must not believe it was heeded. */
  refuse(...names: string[]): void {
    for (const sent of this.#values.keys()) {
      if (names.some((name) => sent === name || sent.startsWith(`${name}.`))) {
        throw queryError('NotImplemented', `The parameter ${sent} is not implemented here.`);
      }
    }
  }
}
