import { Chromium, testInChromium } from '../support/chromium.js';
import { startTestServer } from '../support/server.js';

testInChromium('the start page opens in a browser, which complains of nothing and asks nobody else', async () => {
  const server = await startTestServer();
  try {
    await using chromium = await Chromium.launch();
    await using visit = await chromium.visit(`${server.httpUrl}/`);
    expect(await visit.page.title()).toBe('Granary');
    expect(visit.requests.filter((address) => !address.startsWith(server.httpUrl))).toEqual([]);
    expect(visit.complaints).toEqual([]);
  } finally {
    await server.stop();
  }
});
