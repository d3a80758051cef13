import ipaddr from 'ipaddr.js';

/** The length of the IPv6 prefix that one customer of a provider usually has to itself (RFC 6177). */
const IPV6_PREFIX = 64;

/**
 * What counts as one address when attempts are counted: an IPv4 address, or the /64 that an IPv6 address is in, within
 * which anybody can change its address at will. Undefined for what is no address.
 */
export function networkOf(address: string | null): string | undefined {
  if (address === null || !ipaddr.isValid(address)) {
    return undefined;
  }
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4'
    ? parsed.toString()
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString().replace(/%.*$/, '')}/${IPV6_PREFIX}`)}/${IPV6_PREFIX}`;
}
