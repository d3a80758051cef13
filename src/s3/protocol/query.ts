import { formDecode, uriEncode } from './uri-encoding.js';

interface Parameter {
  name: string;
  value: string;
  /** `name=value` as a canonical request spells it. */
  canonical: string;
}

/** The query of one request, decoded once. */
export class Query {
  readonly parameters: readonly Parameter[];

  constructor(parameters: readonly Parameter[]) {
    this.parameters = parameters;
  }

  /** The first value under the name; empty when the name stands alone. */
  get(name: string): string | undefined {
    for (const parameter of this.parameters) {
      if (parameter.name === name) {
        return parameter.value;
      }
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** CanonicalQueryString of SigV4: encoded, sorted by name and then value, without the signature itself. */
  canonical(): string {
    if (this.parameters.length === 0) {
      return '';
    }
    return this.parameters
      .filter((parameter) => parameter.name !== 'X-Amz-Signature')
      .sort((a, b) => compare(uriEncode(a.name), uriEncode(b.name)) || compare(a.canonical, b.canonical))
      .map((parameter) => parameter.canonical)
      .join('&');
  }
}

const emptyQuery = new Query([]);

/** Reads what stands behind the question mark. */
export function parseQuery(raw: string): Query {
  if (raw === '') {
    return emptyQuery;
  }
  const parameters: Parameter[] = [];
  for (const piece of raw.split('&')) {
    if (piece === '') {
      continue;
    }
    const equals = piece.indexOf('=');
    const name = formDecode(equals < 0 ? piece : piece.slice(0, equals));
    const value = equals < 0 ? '' : formDecode(piece.slice(equals + 1));
    parameters.push({ name, value, canonical: `${uriEncode(name)}=${uriEncode(value)}` });
  }
  return new Query(parameters);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
