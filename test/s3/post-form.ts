import type { Endpoint } from './raw-request.js';

/** A form as a browser sends it. */
export interface SentForm {
  /** Fields in their order; the file comes behind them. */
  fields: [string, string][];
  file?: string | Blob | null;
  filename?: string;
  after?: [string, string][];
  bucket?: string;
}

export interface AnsweredForm {
  status: number;
  code: string | undefined;
  message: string | undefined;
  body: string;
  headers: Headers;
}

/** Sends a form to a bucket. */
export async function postForm(
  server: Endpoint,
  { fields, file = 'content', filename = 'photo.jpg', after = [], bucket = '' }: SentForm,
): Promise<AnsweredForm> {
  const form = new FormData();
  for (const [name, value] of fields) {
    form.append(name, value);
  }
  if (file !== null) {
    form.append('file', typeof file === 'string' ? new Blob([file], { type: 'text/plain' }) : file, filename);
  }
  for (const [name, value] of after) {
    form.append(name, value);
  }
  const response = await fetch(`${server.s3Url}/${bucket}`, { method: 'POST', body: form, redirect: 'manual' });
  const body = await response.text();
  const found = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
  return { status: response.status, code: found('Code'), message: found('Message'), body, headers: response.headers };
}
