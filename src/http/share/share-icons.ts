const icon = (paths: string): string =>
  `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;

const sheet = '<path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8z"/><path d="M14 3v5h5"/>';

/** Drawn for the pages of share links. */
export const shareIcons = {
  folder: icon('<path d="M3 7a2 2 0 0 1 2-2h4l2 2.5h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z"/>'),
  file: icon(sheet),
  text: icon(`${sheet}<path d="M9 13h6M9 16.5h4"/>`),
  image: icon(
    '<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><circle cx="9" cy="10" r="1.6"/><path d="m4 17 5-4 3.5 2.5L16 12l4.5 4"/>',
  ),
  video: icon('<rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="m10.5 9.5 4 2.5-4 2.5z"/>'),
  audio: icon(
    '<path d="M9 17.5V6l10-2v11.5"/><circle cx="6.5" cy="17.5" r="2.5"/><circle cx="16.5" cy="15.5" r="2.5"/>',
  ),
  archive: icon(`${sheet}<path d="M10 6h1.5M10 9h1.5M10 12h1.5M9.5 15h2.5v2.5H9.5z"/>`),
  lock: icon('<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5M12 14.5v2"/>'),
  missing: icon(
    '<path d="M9.5 14.5 4.8 19.2M14.5 9.5l4.7-4.7M8 6.5 10 4.5a4 4 0 0 1 5.5 0M16 17.5l-2 2a4 4 0 0 1-5.5 0M4 4l16 16"/>',
  ),
  download: icon('<path d="M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14"/>'),
};

/** What stands for content of a type. */
export function iconOf(contentType: string): string {
  const type = contentType.toLowerCase();
  const [kind] = type.split('/');
  if (kind === 'image' || kind === 'video' || kind === 'audio') {
    return shareIcons[kind];
  }
  if (/\b(zip|tar|gzip|x-7z|rar|zstd|x-xz|bzip2)/.test(type)) {
    return shareIcons.archive;
  }
  return /^text\/|pdf|json|xml|word|document|opendocument|rtf/.test(type) ? shareIcons.text : shareIcons.file;
}
