/** A request of the GraphQL multipart request specification. */
export interface Multipart {
  readonly contentType: string;
  readonly body: Blob;
}

interface FoundFile {
  readonly path: string;
  readonly file: Blob;
}

/** The body of an operation with files among its variables; undefined when there are none. The bytes are not copied. */
export function toMultipart(query: string, variables: unknown): Multipart | undefined {
  const found: FoundFile[] = [];
  const bare = withoutFiles(variables, 'variables', found);
  if (found.length === 0) {
    return undefined;
  }
  const boundary = `granary-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  const map = Object.fromEntries(found.map(({ path }, index) => [index, [path]]));
  const parts: (string | Blob)[] = [
    field(boundary, 'operations', JSON.stringify({ query, variables: bare })),
    field(boundary, 'map', JSON.stringify(map)),
    ...found.flatMap(({ file }, index) => [fileHead(boundary, index, file), file, '\r\n']),
    `--${boundary}--\r\n`,
  ];
  const contentType = `multipart/form-data; boundary=${boundary}`;
  return { contentType, body: new Blob(parts, { type: contentType }) };
}

function withoutFiles(value: unknown, path: string, found: FoundFile[]): unknown {
  if (value instanceof Blob) {
    found.push({ path, file: value });
    return null;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => withoutFiles(item, `${path}.${index}`, found));
  }
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, withoutFiles(item, `${path}.${name}`, found)]),
    );
  }
  return value;
}

function field(boundary: string, name: string, value: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

/** The file's own name stays here: the object's key is in the variables. */
function fileHead(boundary: string, index: number, file: Blob): string {
  const type = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:;[\t\x20-\x7e]*)?$/.test(file.type) ? file.type : '';
  const typeLine = type === '' ? '' : `Content-Type: ${type}\r\n`;
  return `--${boundary}\r\nContent-Disposition: form-data; name="${index}"; filename="file"\r\n${typeLine}\r\n`;
}
