/** One request's headers: names in lower case, values as they came, one char for each byte. */
export interface RequestHeaders {
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The names that begin with `x-amz-`. */
  readonly amzNames: readonly string[];
}

/**
 * Reads node's raw header list. A header sent more than once has its values joined by a comma without a space, which
 * is its one canonical form (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export function readHeaders(raw: readonly string[]): RequestHeaders {
  // Without a prototype, so that no header name reaches an inherited property.
  const values: Record<string, string | undefined> = Object.create(null);
  const amzNames: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    const earlier = values[name];
    if (earlier !== undefined) {
      values[name] = `${earlier},${value}`;
    } else {
      values[name] = value;
      if (name.startsWith('x-amz-')) {
        amzNames.push(name);
      }
    }
  }
  return { values, amzNames };
}
