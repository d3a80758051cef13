import type { IncomingMessage } from 'node:http';
import { originFacts, originOf } from '../../src/auth/request-origin.js';
import { type AddressRange, parseAddressRange } from '../../src/config/address-range.js';

const trusted = ['127.0.0.1', '10.0.0.0/8', '2001:db8:aaaa::/48'].map(parseAddressRange) as AddressRange[];

function message(peer: string | undefined, headers: Record<string, string> = {}) {
  return { headers, socket: { remoteAddress: peer } } as unknown as IncomingMessage;
}

test.each([
  ['a stranger', '198.51.100.7', '192.0.2.1', '198.51.100.7'],
  ['a trusted proxy', '127.0.0.1', '192.0.2.1', '192.0.2.1'],
  ['the same in IPv6’s clothes', '::ffff:127.0.0.1', '192.0.2.1', '192.0.2.1'],
  ['what a client wrote before it', '127.0.0.1', '127.0.0.1, 203.0.113.9, 192.0.2.1', '192.0.2.1'],
  ['a row of trusted proxies', '127.0.0.1', '203.0.113.9, 192.0.2.1, 10.1.1.1, 10.2.2.2', '192.0.2.1'],
  ['trusted proxies alone', '127.0.0.1', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
  ['IPv6 with a port', '2001:db8:aaaa::1', '[2001:DB8:0:0::1]:4711', '2001:db8::1'],
  ['IPv4 with a port', '127.0.0.1', '192.0.2.1:4711', '192.0.2.1'],
  ['garbage', '127.0.0.1', '192.0.2.1, <script>', '127.0.0.1'],
  ['garbage behind a proxy', '127.0.0.1', 'unknown, 10.1.1.1', '10.1.1.1'],
  ['nothing', '127.0.0.1', '', '127.0.0.1'],
  ['short and octal forms', '127.0.0.1', '010.1.1.1', '127.0.0.1'],
])('of %s the address is taken', (_what, peer, forwarded, address) => {
  expect(originOf(message(peer, { 'x-forwarded-for': forwarded }), trusted).address).toBe(address);
});

test('without trusted proxies nobody is believed', () => {
  const forged = message('127.0.0.1', { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' });
  expect(originOf(forged, [])).toEqual({ address: '127.0.0.1', transport: 'clear', tlsVersion: undefined });
  expect(originOf(message(undefined), trusted).address).toBeNull();
});

test.each([
  ['https', 'tls'],
  ['HTTPS', 'tls'],
  ['https, http', 'clear'],
  ['http, https', 'tls'],
  ['http', 'clear'],
  ['', 'clear'],
])('a trusted proxy that says "%s" means %s', (proto, transport) => {
  expect(originOf(message('10.0.0.1', { 'x-forwarded-proto': proto }), trusted).transport).toBe(transport);
  expect(originOf(message('192.0.2.1', { 'x-forwarded-proto': proto }), trusted).transport).toBe('clear');
});

test('what the origin says is there for policies', () => {
  const sent = message('10.0.0.1', {
    'x-forwarded-proto': 'https',
    'x-amzn-tls-version': 'TLSv1.3',
    'user-agent': 'x'.repeat(3000),
    referer: 'https://example.com/',
  });
  const facts = originFacts(originOf(sent, trusted), sent);
  expect(['aws:securetransport', 's3:tlsversion', 'aws:referer', 'aws:useragent', 'aws:sourceip'].map(facts)).toEqual([
    'true',
    '1.3',
    'https://example.com/',
    'x'.repeat(2048),
    undefined,
  ]);
});
