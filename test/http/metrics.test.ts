import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Installation } from '../cli/installation.js';
import { ScrubbedServer } from '../operations/blobs/scrub-fixture.js';
import { startTestServer, type TestServer } from '../support/server.js';

let files: ScrubbedServer;
let server: TestServer;

beforeAll(async () => {
  files = await ScrubbedServer.start();
  server = files.server;
});

afterAll(() => server.stop());

describe('a scrape of the metrics', () => {
  it('is refused behind a proxy without a token, and needs the token where there is one', async () => {
    expect((await fetch(`${server.httpUrl}/metrics`)).status).toBe(200);
    const forwarded = await fetch(`${server.httpUrl}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(forwarded.status).toBe(403);
    const guarded = await startTestServer({ metricsToken: 'a-token-of-some-length' });
    const scrape = (token?: string) =>
      fetch(`${guarded.httpUrl}/metrics`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    expect((await scrape()).status).toBe(403);
    expect((await scrape('another-token-of-length')).status).toBe(403);
    const answer = await scrape('a-token-of-some-length');
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain('granary_blobs{store="hot"} 0');
    expect(text).toContain('process_cpu_seconds_total');
    await guarded.stop();
  });

  it('counts requests by door and operation, with their bytes', async () => {
    await files.put('measured', randomBytes(50_000));
    await files.get('measured');
    const text = await (await fetch(`${server.httpUrl}/metrics`)).text();
    expect(text).toMatch(
      /granary_request_duration_seconds_count\{face="s3",operation="putObject",status="2xx"\} [1-9]/,
    );
    expect(text).toMatch(
      /granary_request_duration_seconds_count\{face="s3",operation="getObject",status="2xx"\} [1-9]/,
    );
    const received = Number(/granary_received_bytes_total\{face="s3"\} (\d+)/.exec(text)?.[1]);
    expect(received).toBeGreaterThan(50_000);
    expect(received).toBeLessThan(60_000);
    const sent = Number(/granary_sent_bytes_total\{face="s3"\} (\d+)/.exec(text)?.[1]);
    expect(sent).toBeGreaterThan(50_000);
    expect(sent).toBeLessThan(60_000);
  });

  it('shows the numbers of all processes together, whichever of them answers', async () => {
    await using cluster = await Installation.make('migrated');
    cluster.env.GRANARY_WORKERS = '2';
    const s3 = await cluster.start();
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
    const puts = 40;
    // Each on a connection of its own: they come to both workers.
    await Promise.all(
      Array.from({ length: puts }, (_, index) =>
        s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: `${index}`, Body: 'content' })),
      ),
    );
    const counts = new Set<number>();
    for (let scrape = 0; scrape < 8; scrape++) {
      // The connection is closed, so that the next scrape may come to the other worker.
      const text = await (await fetch(`${cluster.httpUrl}/metrics`, { headers: { connection: 'close' } })).text();
      counts.add(Number(/_count\{face="s3",operation="putObject",status="2xx"\} (\d+)/.exec(text)?.[1]));
    }
    expect([...counts]).toEqual([puts]);
    await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'one more', Body: 'content' }));
    const text = await (await fetch(`${cluster.httpUrl}/metrics`)).text();
    expect(text).toContain(`_count{face="s3",operation="putObject",status="2xx"} ${puts + 1}`);
  }, 60_000);
});
