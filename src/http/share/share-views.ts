import { formatBytes } from '../../operations/format-bytes.js';
import type { OpenShare } from '../../operations/shares/open-share.js';
import type { SharedFolder } from '../../operations/shares/visit-share.js';
import type { ObjectInfo } from '../../operations/types.js';
import { escapeHtml } from './escape-html.js';
import { readableType } from './readable-type.js';
import { iconOf, shareIcons } from './share-icons.js';
import { doorOf, downloadsLeft, pageOf, shareName } from './share-json.js';
import type { View } from './share-page.js';

/** One object, and the button that downloads it. */
export function objectView(share: OpenShare, { token, object }: { token: string; object: ObjectInfo }): View {
  const { size, contentType, createdAt } = object;
  const name = shareName(share);
  return {
    title: name,
    note: noteOf(share),
    body: `<div class="body">
<div class="badge">${iconOf(contentType)}</div>
<h1>${escapeHtml(name)}</h1>
<p class="facts"><span>${formatBytes(size)}</span><span>${escapeHtml(readableType(contentType))}</span><span>${timeOf(createdAt)}</span></p>
<a class="button" href="${escapeHtml(doorOf(token, 'content'))}" download>${shareIcons.download}Download</a>
</div>`,
  };
}

/** One level of a folder. */
export function folderView(share: OpenShare, { token, shown }: { token: string; shown: SharedFolder }): View {
  const name = shareName(share);
  const here = shown.folder.split('/').at(-2) ?? name;
  const isEmpty = shown.folders.length + shown.files.length === 0;
  return {
    title: here === name ? name : `${here} – ${name}`,
    width: 'wide',
    note: noteOf(share),
    body: `<div class="head">
<div class="badge">${shareIcons.folder}</div>
<div class="title"><h1>${escapeHtml(here)}</h1></div>
<a class="button" href="${escapeHtml(doorOf(token, 'zip', { folder: shown.folder }))}" download>${shareIcons.download}Download as zip</a>
</div>
${trail(name, { token, shown })}
${isEmpty ? '<p class="empty">There is nothing here.</p>' : listOf({ token, shown })}
${more({ token, shown })}`,
  };
}

/** Asks for the password. */
export function passwordView({
  token,
  form,
  folder,
  problem,
}: {
  token: string;
  form: string;
  folder: string;
  problem: string | undefined;
}): View {
  return {
    title: 'Password',
    body: `<div class="body">
<div class="badge">${shareIcons.lock}</div>
<h1>This link needs a password</h1>
<p class="facts">Whoever sent you the link can tell you.</p>
${problem === undefined ? '' : `<p class="problem" role="alert" id="problem">${escapeHtml(problem)}</p>`}
<form method="post" action="${escapeHtml(encodeURIComponent(token))}">
<input type="hidden" name="form" value="${escapeHtml(form)}">
<input type="hidden" name="folder" value="${escapeHtml(folder)}">
<label for="password">Password</label>
<input type="password" id="password" name="password" required autofocus autocomplete="current-password" maxlength="1024"${problem === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"'}>
<button class="button" type="submit">Continue</button>
</form>
</div>`,
  };
}

/** Says why there is nothing to see. */
export function problemView({ title, message }: { title: string; message: string }): View {
  return {
    title,
    body: `<div class="body">
<div class="badge">${shareIcons.missing}</div>
<h1>${escapeHtml(title)}</h1>
<p class="facts">${escapeHtml(message)}</p>
</div>`,
  };
}

function trail(name: string, { token, shown }: { token: string; shown: SharedFolder }): string {
  const parts = shown.folder.split('/').slice(0, -1);
  if (parts.length === 0) {
    return '';
  }
  const steps = parts.map((part, index) => ({ label: part, folder: `${parts.slice(0, index + 1).join('/')}/` }));
  const items = [{ label: name, folder: '' }, ...steps].map(({ label, folder }, index) =>
    index === steps.length
      ? `<li aria-current="page">${escapeHtml(label)}</li>`
      : `<li><a href="${escapeHtml(pageOf(token, { folder }))}">${escapeHtml(label)}</a></li>`,
  );
  return `<nav aria-label="Where you are"><ol>${items.join('')}</ol></nav>`;
}

function listOf({ token, shown }: { token: string; shown: SharedFolder }): string {
  const { folder } = shown;
  const folders = shown.folders.map(
    (name) =>
      `<tr><td><a href="${escapeHtml(pageOf(token, { folder: folder + name }))}">${shareIcons.folder}<span>${escapeHtml(name.replace(/\/$/, '') || '/')}</span></a></td><td class="size"></td><td class="date"></td></tr>`,
  );
  const files = shown.files.map(
    ({ name, size, contentType, createdAt }) =>
      `<tr><td><a href="${escapeHtml(doorOf(token, 'content', { file: folder + name }))}" download>${iconOf(contentType)}<span>${escapeHtml(name)}</span></a></td><td class="size">${formatBytes(size)}</td><td class="date">${timeOf(createdAt)}</td></tr>`,
  );
  return `<table>
<caption class="hidden">What is in this folder</caption>
<thead><tr><th scope="col">Name</th><th scope="col" class="size">Size</th><th scope="col" class="date">Changed</th></tr></thead>
<tbody>
${[...folders, ...files].join('\n')}
</tbody>
</table>`;
}

function more({ token, shown: { folder, next } }: { token: string; shown: SharedFolder }): string {
  return next === undefined
    ? ''
    : `<p class="more"><a href="${escapeHtml(pageOf(token, { folder }))}">From the beginning</a><a href="${escapeHtml(pageOf(token, { folder, after: next }))}">More</a></p>`;
}

/** How long, and how often, there is something to have. */
function noteOf(share: OpenShare): string {
  const left = downloadsLeft(share);
  const { expiresAt } = share.link;
  return [
    ...(expiresAt === null ? [] : [`Available until ${dateOf(expiresAt)}`]),
    ...(left === null ? [] : [left === 1 ? '1 download left' : `${left} downloads left`]),
  ].join(' · ');
}

function timeOf(date: Date): string {
  return `<time datetime="${date.toISOString()}">${dateOf(date)}</time>`;
}

const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });

function dateOf(date: Date): string {
  return dates.format(date);
}
