import { Query } from './query.js';
import type { RequestHeaders } from './request-headers.js';

/** Headers, parameters and form fields whose values open something by themselves. */
const secretNames = [
  'x-amz-copy-source-server-side-encryption-customer-key',
  'x-amz-security-token',
  'x-amz-server-side-encryption-customer-key',
];

/** What stands for such a value wherever a request is shown. */
export const hiddenValue = 'HIDDEN';

/** Whether what has this name, in lower case, must not be shown. */
export function isSecretName(name: string): boolean {
  return secretNames.includes(name);
}

interface Shown {
  query: Query;
  headers: RequestHeaders;
}

/** The request as an answer may show it to whoever sent it: answers are kept by clients and proxies. */
export function withoutSecrets<R extends Shown>(request: R): R {
  const values: Record<string, string | undefined> = Object.assign(Object.create(null), request.headers.values);
  for (const name of secretNames) {
    if (values[name] !== undefined) {
      values[name] = hiddenValue;
    }
  }
  const parameters = request.query.parameters.map((parameter) => {
    const { name, canonical } = parameter;
    return isSecretName(name.toLowerCase())
      ? { name, value: hiddenValue, canonical: `${canonical.slice(0, canonical.indexOf('='))}=${hiddenValue}` }
      : parameter;
  });
  return { ...request, headers: { ...request.headers, values }, query: new Query(parameters) };
}

/** The policy of a form, base64 as it was sent, unless it names a field that must not be shown. */
export function shownPolicy(policy: string): string {
  const text = Buffer.from(policy, 'base64').toString('latin1').toLowerCase();
  return secretNames.some((name) => text.includes(name)) ? hiddenValue : policy;
}
