/** Where a browser goes that was not told where. */
export const homePath = '/console';

const longestPath = 2_048;

/**
 * Where a browser is sent when it has signed in or out: a path of this server. What is none, and what another server
 * could be meant by (`//host`, `/\host`), is {@link homePath}.
 */
export function returnPath(asked: string | undefined): string {
  if (asked === undefined || asked.length > longestPath || !/^\/(?![/\\])[\x21-\x7e]*$/.test(asked)) {
    return homePath;
  }
  const here = 'http://here.invalid';
  const url = URL.parse(asked, here);
  if (url === null || url.origin !== here || url.pathname.startsWith('//')) {
    return homePath;
  }
  return url.pathname + url.search + url.hash;
}
