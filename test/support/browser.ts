/** What a browser does of a sign-in: it keeps cookies by origin, follows redirects and sends forms. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #stopAt: string;

  /** Redirects to an address that begins with `stopAt` are not followed. */
  constructor(stopAt: string) {
    this.#stopAt = stopAt;
  }

  /** One request, with the cookies of its origin; redirects are not followed. */
  async request(url: string, init: { method?: string; body?: URLSearchParams; headers?: Record<string, string> } = {}) {
    const jar = this.cookiesOf(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...init.headers, ...(cookie === '' ? {} : { cookie }) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      keep(jar, line);
    }
    return response;
  }

  /** The cookies of an origin by name, to look at or to tamper with. */
  cookiesOf(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    return jar;
  }

  /** Follows redirects until there is a page, or one leads to where this browser stops. */
  async open(url: string, init: { method?: string; body?: URLSearchParams } = {}): Promise<Page> {
    let response = await this.request(url, init);
    let address = url;
    for (let steps = 0; steps < 20; steps += 1) {
      const location = response.headers.get('location');
      if (location === null) {
        return { url: address, status: response.status, text: await response.text() };
      }
      address = new URL(location, address).href;
      if (address.startsWith(this.#stopAt)) {
        return { url: address, status: response.status, text: '' };
      }
      response = await this.request(address);
    }
    throw new Error(`Too many redirects at ${address}`);
  }

  /** Signs in and consents on the pages of oidc-provider; gives the address that it is sent back to. */
  async signInAtProvider(start: string, account: string): Promise<URL> {
    let page = await this.open(start);
    for (let steps = 0; steps < 5 && !page.url.startsWith(this.#stopAt); steps += 1) {
      const [, action] = /<form[^>]* action="([^"]+)"/.exec(page.text) ?? [];
      const [, prompt] = /name="prompt" value="(\w+)"/.exec(page.text) ?? [];
      if (action === undefined || prompt === undefined) {
        throw new Error(`No form at ${page.url} (${page.status}): ${page.text.slice(0, 2000)}`);
      }
      const fields: Record<string, string> = {
        prompt,
        ...(prompt === 'login' ? { login: account, password: 'any' } : {}),
      };
      page = await this.open(action.replaceAll('&amp;', '&'), { method: 'POST', body: new URLSearchParams(fields) });
    }
    return new URL(page.url);
  }
}

interface Page {
  url: string;
  status: number;
  text: string;
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  const isOver = /;\s*max-age=0\b/i.test(line) || /;\s*expires=Thu, 01 Jan 1970/i.test(line);
  if (isOver || value === '') {
    jar.delete(name);
  } else {
    jar.set(name, value);
  }
}
