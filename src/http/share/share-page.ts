import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { escapeHtml } from './escape-html.js';
import { shareStyle } from './share-style.js';

/** A page without its frame. */
export interface View {
  title: string;
  /** HTML of ours, in which everything from elsewhere is escaped. */
  body: string;
  width?: 'wide';
  /** A line below. */
  note?: string;
}

const styleHash = createHash('sha256').update(shareStyle).digest('base64');

/** The style and nothing else: no script, no picture, no frame, and forms for this server only. */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** Of answers that are about a link, and hold nothing that users stored. */
export function setPageSafety(reply: FastifyReply): void {
  reply.headers({
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex, nofollow',
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-site',
    vary: 'Accept, Origin',
  });
}

/** Browsers name HTML when they open an address; programs that do not are sent JSON. */
export function wantsPage({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').toLowerCase().includes('text/html');
}

export function sendPage(reply: FastifyReply, { title, body, width, note }: View): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${shareStyle}</style>
</head>
<body>
<main${width === undefined ? '' : ` class="${width}"`}>
${body}
</main>
<footer>${(note ?? '') === '' ? '' : `${escapeHtml(note ?? '')}<br>`}Shared with Granary</footer>
</body>
</html>
`);
}
