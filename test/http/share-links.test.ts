import { readableType } from '../../src/http/share/readable-type.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { sendForm, singleUpload } from './multipart.js';
import { readZip } from './read-zip.js';
import { change, share, tryToShare, unlock, visit } from './shares.js';

let server: TestServer;
const password = 'seven green apples';

beforeAll(async () => {
  server = await startTestServer({ zipConcurrency: 5 });
  await change(server, 'createBucket', { name: 'files', versioning: 'ENABLED' });
  for (const [key, content, type] of [
    ['report.txt', 'the first report', 'text/plain'],
    ['photos/a.txt', 'a photo', 'text/plain'],
    ['photos/2026/b & c.txt', 'another <photo>', 'text/plain'],
    ['photos/2026/<script>alert(1).html', '<script>alert(1)</script>', 'text/html'],
    ['photos2/secret.txt', 'not shared', 'text/plain'],
    ['photo', 'not shared either', 'text/plain'],
  ] as const) {
    await put(key, content, type);
  }
}, 60_000);

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function put(key: string, content: string | Buffer, type = 'text/plain'): Promise<void> {
  const { data } = await sendForm(server, singleUpload({ bucket: 'files', key }, content, type));
  expect(data.uploadObject.userErrors).toEqual([]);
}

async function linkOf(id: string, fields: string) {
  const { data } = await server.graphql(`query($id: ID!) { node(id: $id) { ... on ShareLink { ${fields} } } }`, { id });
  return data.node;
}

test('a link shows an object and gives its bytes, as JSON and as a page', async () => {
  const { url, id } = await share(server, { bucket: 'files', key: 'report.txt' });
  expect(url).toMatch(new RegExp(`^${server.httpUrl}/s/[\\w-]{43}$`));
  const shown = (await visit(url)).json();
  expect(shown).toEqual({
    kind: 'OBJECT',
    name: 'report.txt',
    size: 16,
    contentType: 'text/plain',
    modifiedAt: expect.any(String),
    url: expect.stringMatching(/^\/s\/[\w-]+\/content$/),
    expiresAt: expect.any(String),
    downloadsLeft: null,
  });
  const bytes = await visit(`${server.httpUrl}${shown.url}`);
  expect(bytes.text).toBe('the first report');
  expect(bytes.headers.get('content-disposition')).toMatch(/^attachment; filename="report.txt"/);
  const page = await visit(url, { as: 'browser' });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.text).toContain('<h1>report.txt</h1>');
  const { accesses } = await linkOf(id, 'accesses(first: 10) { totalCount nodes { outcome path sourceIp userAgent } }');
  expect(accesses.totalCount).toBe(3);
  expect(accesses.nodes.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['VIEWED', 'DOWNLOADED', 'VIEWED']);
  expect(accesses.nodes[1]).toMatchObject({ path: 'report.txt', sourceIp: expect.stringContaining('127.0.0.1') });
});

test('zips of one link, and of all, that are under way at once have a limit, and those refused do not count', async () => {
  await put('large/zeros', Buffer.alloc(32 * 1024 * 1024));
  const [first, second] = [
    await share(server, { bucket: 'files', folder: 'large', maxDownloads: 6 }),
    await share(server, { bucket: 'files', folder: 'large' }),
  ];
  const running = new AbortController();
  const begin = (url: string) => fetch(url, { signal: running.signal });
  // Kept, for what nobody holds any more is broken off.
  const answers = await Promise.all([first, first, first, first, second].map(({ url }) => begin(`${url}/zip`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const refusedBy = async (url: string) => {
    const { status, headers, json } = await visit(url);
    return [status, Number(headers.get('retry-after')) > 0, json().error];
  };
  const tooMany = 'This folder is being downloaded as often as it can be at once. Try again soon.';
  expect(await refusedBy(`${first.url}/zip`)).toEqual([429, true, tooMany]);
  expect((await refusedBy(`${second.url}/zip`)).slice(0, 2)).toEqual([503, true]);
  const own = await server.graphql('{ bucket(name: "files") { zipUrl } }');
  expect((await refusedBy(own.data.bucket.zipUrl)).slice(0, 2)).toEqual([503, true]);
  // Neither looks at the folder nor waits for those that do.
  expect((await visit(`${first.url}/zip`, { method: 'HEAD' })).status).toBe(200);
  expect((await visit(`${first.url}/zip?folder=none`, { method: 'HEAD' })).status).toBe(404);
  expect(await linkOf(first.id, 'downloads')).toEqual({ downloads: 4 });
  const { text } = await visit(`${server.httpUrl}/metrics`);
  expect(text).toMatch(/^granary_refused_zips_total\{limit="link"\} 1$/m);
  expect(text).toMatch(/^granary_refused_zips_total\{limit="server"\} 2$/m);
  expect(answers.map(({ bodyUsed }) => bodyUsed)).not.toContain(true);
  running.abort();
  await eventually(async () => (await begun(`${first.url}/zip`)) === 200, 20_000);
});

/** The status of a download that is broken off at once. */
async function begun(url: string): Promise<number> {
  const stop = new AbortController();
  const { status } = await fetch(url, { signal: stop.signal });
  stop.abort();
  return status;
}

test('pages and bytes come with headers that leave nothing to run, to embed, to index or to keep', async () => {
  const { url } = await share(server, { bucket: 'files', folder: 'photos' });
  const page = await visit(`${url}?folder=2026/`, { as: 'browser' });
  expect(page.text).not.toContain('<script');
  expect(page.text).toContain('&lt;script&gt;alert(1).html');
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'content-security-policy': expect.stringMatching(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    ),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex, nofollow',
    'cache-control': 'no-store',
  });
  const html = await visit(`${url}/content?file=${encodeURIComponent('2026/<script>alert(1).html')}`, {
    as: 'browser',
  });
  expect(html.status).toBe(200);
  expect(Object.fromEntries(html.headers)).toMatchObject({
    'content-disposition': expect.stringMatching(/^attachment;/),
    'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'/),
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
    'x-robots-tag': 'noindex, nofollow',
  });
});

test('a folder is browsed level by level, and comes as a zip', async () => {
  const { url } = await share(server, { bucket: 'files', folder: 'photos' });
  const top = (await visit(url)).json();
  expect(top).toMatchObject({ kind: 'FOLDER', name: 'photos', folder: '', nextUrl: null });
  expect(top.folders.map(({ name }: { name: string }) => name)).toEqual(['2026/']);
  expect(top.files.map(({ name }: { name: string }) => name)).toEqual(['a.txt']);
  const inner = (await visit(`${server.httpUrl}${top.folders[0].url}`)).json();
  expect(inner.files.map(({ name }: { name: string }) => name)).toEqual(['<script>alert(1).html', 'b & c.txt']);
  expect((await visit(`${server.httpUrl}${inner.files[1].url}`)).text).toBe('another <photo>');
  const zip = await fetch(`${server.httpUrl}${top.zipUrl}`);
  const entries = await readZip(Buffer.from(await zip.arrayBuffer()));
  expect(entries.map(({ name }) => name)).toEqual(['2026/<script>alert(1).html', '2026/b & c.txt', 'a.txt']);
  const page = await visit(`${url}?folder=2026/`, { as: 'browser' });
  expect(page.text).toContain('<nav aria-label="Where you are">');
});

test.each([
  'content?file=../photo',
  'content?file=%2e%2e%2fphotos2%2fsecret.txt',
  'content?file=..%252fphotos2%252fsecret.txt',
  'content?file=/photos2/secret.txt',
  'content?file=2/secret.txt',
  'content?file=',
  'content',
  'content?file=a.txt&file=a.txt',
  'content?file=%00',
  'content?file=%ff',
  `content?file=${'x'.repeat(2000)}`,
  'zip?folder=../photos2',
  'zip?folder=../',
  'zip?folder=%2f..%2fphotos2',
  '../photos2/secret.txt',
  'content/..%2f..%2fphotos2',
])('a shared folder is not left by %s', async (door) => {
  const { url, token } = await share(server, { bucket: 'files', folder: 'photos' });
  const response = await visit(
    door.startsWith('..') ? `${server.httpUrl}/s/${token}/%2e%2e/photos2` : `${url}/${door}`,
  );
  expect(response.text).not.toContain('not shared');
  expect([400, 404]).toContain(response.status);
});

test('what no link leads to, has ended or is used up is the same to strangers, at every door', async () => {
  const expired = await share(server, { bucket: 'files', key: 'report.txt' });
  await server.granary.database.pool.query(
    `UPDATE share_link SET expires_at = now() - interval '1 s' WHERE digest = sha256($1::bytea)`,
    [Buffer.from(expired.token)],
  );
  const revoked = await share(server, { bucket: 'files', key: 'report.txt', password });
  await change(server, 'revokeShareLink', { id: revoked.id });
  const used = await share(server, { bucket: 'files', key: 'report.txt', maxDownloads: 1 });
  expect((await visit(`${used.url}/content`)).status).toBe(200);
  await put('passing.txt', 'gone soon');
  const gone = await share(server, { bucket: 'files', key: 'passing.txt' });
  await change(server, 'deleteObject', { bucket: 'files', key: 'passing.txt' });
  const unknown = `${server.httpUrl}/s/${'A'.repeat(43)}`;
  const doors = ['', '/content', '/zip'];
  for (const as of ['browser', undefined] as const) {
    for (const door of doors) {
      const strange = await visit(`${unknown}${door}`, { ...(as === undefined ? {} : { as }) });
      expect(strange.status).toBe(404);
      for (const { url } of [expired, revoked, used, gone]) {
        const { status, text, headers } = await visit(`${url}${door}`, { ...(as === undefined ? {} : { as }) });
        expect({ status, text }).toEqual({ status: 404, text: strange.text });
        const named = (all: Headers) => [...all.keys()].filter((name) => name !== 'x-request-id').toSorted();
        expect(named(headers)).toEqual(named(strange.headers));
      }
    }
  }
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ password }) };
  expect((await visit(revoked.url, post)).text).toBe((await visit(unknown, post)).text);
  for (const token of ['x', 'x'.repeat(10_000), '%00', encodeURIComponent('☃')]) {
    expect((await visit(`${server.httpUrl}/s/${token}`)).status).toBe(404);
  }
});

test('who has given the password is told why the link has ended', async () => {
  const { url } = await share(server, { bucket: 'files', key: 'report.txt', maxDownloads: 1, password });
  const headers = await unlock(url, password);
  expect((await visit(`${url}/content`, { headers })).status).toBe(200);
  expect((await visit(url, { headers })).json().error).toBe('This link has been used as often as it may be.');
});

test('a password is asked for at every door, of every method, and of ranges and conditions', async () => {
  const { url } = await share(server, { bucket: 'files', folder: 'photos', password });
  const wrong = { 'granary-share-access': `${Math.floor(Date.now() / 1000) + 60}.${'A'.repeat(43)}` };
  const doors = ['', '?folder=2026/', '/content?file=a.txt', '/zip'];
  for (const door of doors) {
    for (const method of ['GET', 'HEAD']) {
      for (const headers of [
        {},
        wrong,
        { range: 'bytes=0-1' },
        { 'if-none-match': '*' },
        { 'if-match': '"x"' },
        { cookie: `granary-share=${password}` },
      ]) {
        const { status } = await visit(`${url}${door}`, { method, headers });
        expect(status).toBe(403);
      }
    }
    expect(
      (await visit(`${url}${door}${door.includes('?') ? '&' : '?'}password=${encodeURIComponent(password)}`)).status,
    ).toBe(403);
  }
  expect((await visit(url)).json()).toEqual({ error: 'This link needs its password.', passwordRequired: true });
  const headers = await unlock(url, password);
  for (const door of doors) {
    expect((await visit(`${url}${door}`, { headers })).status).toBe(200);
  }
});

test('what one got for a password is good for that link only, and until it has another one', async () => {
  const [one, other] = await Promise.all(
    [1, 2].map(() => share(server, { bucket: 'files', key: 'report.txt', password })),
  );
  const headers = await unlock(one?.url ?? '', password);
  expect((await visit(other?.url ?? '', { headers })).status).toBe(403);
  expect(await change(server, 'updateShareLink', { id: one?.id, password: 'nine yellow pears' })).toEqual([]);
  expect((await visit(one?.url ?? '', { headers })).status).toBe(403);
  expect(await change(server, 'updateShareLink', { id: one?.id, password: null })).toEqual([]);
  expect((await visit(one?.url ?? '')).status).toBe(200);
});

test('a browser gives the password by the form of the page, and by no other', async () => {
  const { url, token } = await share(server, { bucket: 'files', folder: 'photos', password });
  const page = await visit(`${url}?folder=2026/`, { as: 'browser' });
  expect(page.status).toBe(403);
  const [, form = ''] = /name="form" value="([^"]+)"/.exec(page.text) ?? [];
  const [line = ''] = page.headers.getSetCookie();
  expect(line).toMatch(new RegExp(`^granary-share-form=[\\w-]+; .*Path=/s/${token}; HttpOnly; SameSite=Strict$`));
  const cookie = line.split(';')[0] ?? '';
  const post = (fields: Record<string, string>, headers: Record<string, string>) =>
    visit(url, { as: 'browser', method: 'POST', headers, body: new URLSearchParams(fields) });
  expect((await post({ password, form }, {})).status).toBe(403);
  expect((await post({ password, form: 'x' }, { cookie })).status).toBe(403);
  expect((await post({ password, form }, { cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  const wrong = await post({ password: 'guessed', form }, { cookie });
  expect({ status: wrong.status, text: wrong.text }).toEqual({
    status: 403,
    text: expect.stringContaining('This is not the password.'),
  });
  const right = await post({ password, form, folder: '2026/' }, { cookie, 'sec-fetch-site': 'same-origin' });
  expect({ status: right.status, location: right.headers.get('location') }).toEqual({
    status: 303,
    location: `${token}?folder=2026%2F`,
  });
  const proof = right.headers.getSetCookie()[0] ?? '';
  expect(proof).toMatch(/^granary-share=[\w.-]+; .*HttpOnly; SameSite=Lax$/);
  const opened = await visit(`${url}?folder=2026/`, { as: 'browser', headers: { cookie: proof.split(';')[0] ?? '' } });
  expect(opened.status).toBe(200);
});

test('what is no link has no form for a password, and none that leads elsewhere', async () => {
  for (const token of ['https:%2F%2Fevil.example%2Fx', '%2F%2Fevil.example', 'x'.repeat(43)]) {
    const url = `${server.httpUrl}/s/${token}`;
    const body = new URLSearchParams({ password });
    const posted = await visit(url, { as: 'browser', method: 'POST', body });
    expect({ status: posted.status, cookies: posted.headers.getSetCookie() }).toEqual({ status: 404, cookies: [] });
    expect(posted.text).toBe((await visit(url, { as: 'browser' })).text);
    expect(posted.text).not.toMatch(/<form|evil/);
  }
});

test('the types of content have names, also those that are called as what every object has', () => {
  const types = ['constructor', '__proto__', 'toString/x', 'valueOf; a=b', 'image/svg+xml', 'Application/PDF'];
  const named = ['constructor', '__proto__', 'tostring/x', 'valueof', 'SVG image', 'PDF document'];
  expect(types.map(readableType)).toEqual(named);
});

test.each([
  ['a body that is no JSON', { headers: { 'content-type': 'application/json' }, body: '{' }, 400],
  ['JSON without a password', { headers: { 'content-type': 'application/json' }, body: '[]' }, 400],
  ['a password that is no text', { headers: { 'content-type': 'application/json' }, body: '{"password":{}}' }, 400],
  [
    'too much',
    { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ password: 'x'.repeat(20_000) }) },
    413,
  ],
  ['another type', { headers: { 'content-type': 'text/xml' }, body: '<a/>' }, 415],
])('%s is a clear error', async (_what, init, status) => {
  const { url } = await share(server, { bucket: 'files', key: 'report.txt', password });
  expect((await visit(url, { method: 'POST', ...init })).status).toBe(status);
});

/** The first waits are a few seconds: on a busy machine they would be over before the last of many guesses. */
async function lengthenWaits(): Promise<AsyncDisposable> {
  const { pool } = server.granary.database;
  await pool.query(`CREATE FUNCTION wait_longer() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.blocked_until := NEW.blocked_until + interval '1 hour'; RETURN NEW; END $$`);
  await pool.query(`CREATE TRIGGER wait_longer BEFORE INSERT OR UPDATE ON sign_in_throttle
    FOR EACH ROW EXECUTE FUNCTION wait_longer()`);
  return {
    [Symbol.asyncDispose]: async () => {
      await pool.query('DROP FUNCTION wait_longer CASCADE');
    },
  };
}

test('guesses at once are no more than guesses one by one, and the right password has to wait after them', async () => {
  const { url, id } = await share(server, { bucket: 'files', key: 'report.txt', password });
  const guess = (text: string) =>
    visit(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: text }),
    });
  await using _longWaits = await lengthenWaits();
  const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => guess(`guess number ${index}`)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 403)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(25);
  const { status, headers } = await guess(password);
  expect({ status, retryAfter: Number(headers.get('retry-after')) > 0 }).toEqual({ status: 429, retryAfter: true });
  await server.granary.database.pool.query('DELETE FROM sign_in_throttle');
  expect((await guess(password)).status).toBe(200);
  const { accesses } = await linkOf(id, 'accesses(first: 100) { nodes { outcome } }');
  const outcomes = accesses.nodes.map(({ outcome }: { outcome: string }) => outcome);
  expect(outcomes.filter((outcome: string) => outcome === 'WRONG_PASSWORD')).toHaveLength(5);
  expect(outcomes.filter((outcome: string) => outcome === 'THROTTLED')).toHaveLength(26);
});

test('a hundred that race for ten downloads get ten', async () => {
  const { url, id } = await share(server, { bucket: 'files', key: 'report.txt', maxDownloads: 10 });
  const answers = await Promise.all(Array.from({ length: 100 }, () => visit(`${url}/content`)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 404)).toHaveLength(90);
  expect(await linkOf(id, 'downloads maxDownloads state')).toEqual({
    downloads: 10,
    maxDownloads: 10,
    state: 'USED_UP',
  });
  const events = await server.graphql(
    '{ auditLog(first: 100, filter: { action: "granary:UseShareLink" }) { nodes { details actorName outcome } } }',
  );
  const own = events.data.auditLog.nodes.filter(
    ({ details }: { details: { shareLinkId: number } }) =>
      details.shareLinkId === Number(Buffer.from(id, 'base64url').toString().split(':')[1]),
  );
  expect(own).toHaveLength(10);
  expect(own[0]).toMatchObject({ actorName: null, outcome: 'SUCCESS' });
});

test('heads, conditions and what goes on with a download do not count; another whole one and a zip do', async () => {
  await put('long.bin', Buffer.alloc(100_000, 7), 'application/octet-stream');
  const { url, id } = await share(server, { bucket: 'files', key: 'long.bin', maxDownloads: 2 });
  const content = `${url}/content`;
  const ask = async (init: RequestInit) => (await visit(content, init)).status;
  const counted = async () => (await linkOf(id, 'downloads')).downloads;
  const { headers } = await visit(content, { method: 'HEAD' });
  expect(headers.get('content-length')).toBe('100000');
  const etag = headers.get('etag') ?? '';
  expect(await ask({ headers: { 'if-none-match': etag } })).toBe(304);
  expect(await ask({ headers: { 'if-match': '"other"' } })).toBe(412);
  expect(await ask({ headers: { range: 'bytes=100000-' } })).toBe(416);
  expect(await counted()).toBe(0);
  expect(await ask({ headers: { range: 'bytes=0-49999' } })).toBe(206);
  expect(await ask({ headers: { range: 'bytes=50000-', 'if-range': etag } })).toBe(206);
  expect(await ask({ headers: { range: 'bytes=50000-' } })).toBe(206);
  expect(await counted()).toBe(1);
  // It has asked for one and a half times the size; another whole one is more than twice.
  expect(await ask({ headers: { range: 'bytes=0-' } })).toBe(206);
  expect(await counted()).toBe(2);
  expect(await ask({})).toBe(404);
  expect(await ask({ method: 'HEAD' })).toBe(404);
  expect(await ask({ headers: { range: 'bytes=99990-' } })).toBe(206);
  expect(await counted()).toBe(2);
  const folder = await share(server, { bucket: 'files', folder: 'photos/', maxDownloads: 1 });
  expect((await visit(`${folder.url}/zip`, { method: 'HEAD' })).status).toBe(200);
  expect((await visit(`${folder.url}/zip`)).status).toBe(200);
  expect((await visit(`${folder.url}/zip`)).status).toBe(404);
});

test('ranges that one visitor asks for at once are one download', async () => {
  await put('pieces.bin', Buffer.alloc(80_000, 7), 'application/octet-stream');
  const { url, id } = await share(server, { bucket: 'files', key: 'pieces.bin', maxDownloads: 3 });
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, piece) =>
      visit(`${url}/content`, { headers: { range: `bytes=${piece * 10_000}-${piece * 10_000 + 9_999}` } }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(206));
  expect(await linkOf(id, 'downloads')).toEqual({ downloads: 1 });
});

test('a used-up link tells nothing to who has no download to go on with, whatever is asked of it', async () => {
  await put('gone.bin', Buffer.alloc(100_000, 7), 'application/octet-stream');
  const links = [
    { share: await share(server, { bucket: 'files', key: 'gone.bin', maxDownloads: 1 }), query: '' },
    { share: await share(server, { bucket: 'files', folder: 'photos', maxDownloads: 1 }), query: '?file=a.txt' },
  ];
  const unknown = await visit(`${server.httpUrl}/s/${'x'.repeat(43)}/content`);
  for (const { share: link, query } of links) {
    const content = `${link.url}/content${query}`;
    expect((await visit(content)).status).toBe(200);
    // As if it had been somebody at another address.
    await server.granary.database.pool.query(`UPDATE share_download SET network = '192.0.2.1'`);
    for (const init of [
      { method: 'HEAD', headers: { range: 'bytes=0-' } },
      { headers: { range: 'bytes=0-1' } },
      { headers: { range: 'bytes=0-', 'if-none-match': '*' } },
      { headers: { range: 'bytes=999999-' } },
    ]) {
      const { status, text, headers } = await visit(content, init);
      expect({ status, text, etag: headers.get('etag'), name: headers.get('content-disposition') }).toEqual({
        status: 404,
        text: init.method === 'HEAD' ? '' : unknown.text,
        etag: null,
        name: null,
      });
    }
  }
});

test('a link goes along with a move, unless it is fixed to a version', async () => {
  await put('before.txt', 'moved');
  const { data } = await server.graphql('{ object(bucket: "files", key: "before.txt") { versionId } }');
  const source = { bucket: 'files', key: 'before.txt' };
  const link = await share(server, source);
  const fixed = await share(server, { ...source, versionId: data.object.versionId });
  const target = { bucket: 'files', key: 'after.txt' };
  expect(await change(server, 'moveObject', { source, target })).toEqual([]);
  expect((await visit(link.url)).json()).toMatchObject({ name: 'after.txt' });
  const links = '{ object(bucket: "files", key: "after.txt") { shareLinks(first: 9) { nodes { id } } } }';
  expect((await server.graphql(links)).data.object.shareLinks.nodes).toEqual([{ id: link.id }]);
  expect((await visit(`${fixed.url}/content`)).text).toBe('moved');
});

test('who goes on with one file of a used-up folder link is told the same of other names, whether they are there', async () => {
  await put('names/mine', Buffer.alloc(1000, 7));
  await put('names/other', 'other');
  const told = ['etag', 'content-type', 'content-length', 'content-range', 'content-disposition', 'accept-ranges'];
  for (const secret of [{}, { password }]) {
    const link = await share(server, { bucket: 'files', folder: 'names', maxDownloads: 1, ...secret });
    const proof = 'password' in secret ? await unlock(link.url, password) : {};
    const ask = async (file: string, more: Record<string, string>) => {
      const answer = await visit(`${link.url}/content?file=${file}`, { headers: { ...proof, ...more } });
      const facts = Object.fromEntries(told.map((name) => [name, answer.headers.get(name)]));
      return { status: answer.status, text: answer.text, ...facts };
    };
    expect((await ask('mine', { range: 'bytes=0-9' })).status).toBe(206);
    expect((await ask('mine', { range: 'bytes=10-19' })).status).toBe(206);
    for (const more of [
      { range: 'bytes=0-1' },
      { range: 'bytes=999999-' },
      { range: 'bytes=0-1', 'if-range': '"another"' },
      { range: 'bytes=0-', 'if-match': '"another"' },
      { range: 'bytes=0-', 'if-none-match': '*' },
      { 'if-none-match': '*' },
    ] as Record<string, string>[]) {
      const [there, missing] = [await ask('other', more), await ask('none', more)];
      expect(there).toEqual(missing);
      expect(there.status).toBe(404);
      expect(await ask('none%00', more)).toEqual(missing);
    }
    expect((await ask('mine', { range: 'bytes=20-29' })).status).toBe(206);
  }
});

test('a link to a version stays with it, and a link to an object goes along with what is newest', async () => {
  await put('draft.txt', 'one');
  const { data } = await server.graphql('{ object(bucket: "files", key: "draft.txt") { versionId } }');
  const fixed = await share(server, { bucket: 'files', key: 'draft.txt', versionId: data.object.versionId });
  const newest = await share(server, { bucket: 'files', key: 'draft.txt' });
  await put('draft.txt', 'two');
  expect((await visit(`${fixed.url}/content`)).text).toBe('one');
  expect((await visit(`${newest.url}/content`)).text).toBe('two');
});

test.each([
  [{ key: 'report.txt', folder: 'photos' }, 'INVALID_INPUT'],
  [{}, 'INVALID_INPUT'],
  [{ folder: 'photos', versionId: 'null' }, 'INVALID_INPUT'],
  [{ key: 'nothing' }, 'NOT_FOUND'],
  [{ folder: 'phot' }, 'NOT_FOUND'],
  [{ key: 'report.txt', versionId: 'odd' }, 'INVALID_INPUT'],
  [{ key: 'report.txt', password: 'short' }, 'INVALID_INPUT'],
  [{ key: 'report.txt', maxDownloads: 0 }, 'INVALID_INPUT'],
  [{ key: 'report.txt', expiresAt: '2020-01-01T00:00:00Z' }, 'INVALID_INPUT'],
  [{ key: 'report.txt', expiresAt: '2100-01-01T00:00:00Z' }, 'INVALID_INPUT'],
  [{ key: 'report.txt', description: 'two\nlines' }, 'INVALID_INPUT'],
  [{ folder: 'a\u0000' }, 'INVALID_INPUT'],
  [{ bucket: 'no-bucket', key: 'report.txt' }, 'NOT_FOUND'],
])('%j is not shared, and it is said why', async (input, code) => {
  const { data, errors } = await tryToShare(server, { bucket: 'files', ...input });
  expect(errors).toBeUndefined();
  expect(data.createShareLink).toMatchObject({ shareLink: null, url: null, token: null, userErrors: [{ code }] });
});
