/** The path of what a browser does with a provider. Its name comes from this server, but the address is a URL. */
export function oidcPath(address: string, step: 'login' | 'callback'): string {
  return `/auth/oidc/${encodeURIComponent(address)}/${step}`;
}
