import { checkEndpointAddress } from '../../../src/operations/replication/replication-endpoint.js';

/** `always`: also with private networks allowed. */
const refused: [address: string, when: 'always' | 'private'][] = [
  ['0.0.0.0', 'always'],
  ['10.1.2.3', 'private'],
  ['100.64.0.1', 'private'],
  ['100.100.100.200', 'always'],
  ['127.0.0.1', 'private'],
  ['2130706433', 'private'],
  ['0251.0376.0251.0376', 'always'],
  ['168.63.129.16', 'always'],
  ['169.254.169.254', 'always'],
  ['172.16.0.1', 'private'],
  ['192.0.0.192', 'always'],
  ['192.168.0.1', 'private'],
  ['198.18.0.1', 'private'],
  ['224.0.0.1', 'always'],
  ['240.0.0.1', 'always'],
  ['255.255.255.255', 'always'],
  ['[::]', 'always'],
  ['[::1]', 'private'],
  ['[::10.0.0.1]', 'always'],
  ['[::169.254.169.254]', 'always'],
  ['[::ffff:10.0.0.1]', 'private'],
  ['[::ffff:169.254.169.254]', 'always'],
  ['[::ffff:0:10.0.0.1]', 'always'],
  ['[::ffff:0:169.254.169.254]', 'always'],
  ['[64:ff9b::10.0.0.1]', 'private'],
  ['[64:ff9b::169.254.169.254]', 'always'],
  ['[64:ff9b::a83f:8110]', 'always'],
  ['[64:ff9b:1::10.0.0.1]', 'private'],
  ['[64:ff9b:1::169.254.169.254]', 'always'],
  ['[64:ff9b:1:a9fe:a9:fe00::]', 'always'],
  ['[64:ff9b:1:a9:fe:a9fe::]', 'always'],
  ['[64:ff9b:1:0:a9:fea9:fe00:0]', 'always'],
  ['[2001::a9fe:a9fe]', 'always'],
  ['[2002:a9fe:a9fe::]', 'always'],
  ['[2002:a00:1::]', 'always'],
  ['[fc00::1]', 'private'],
  ['[fd00:42::42]', 'always'],
  ['[fd00:ec2::254]', 'always'],
  ['[fd12::1]', 'private'],
  ['[fe80::1]', 'always'],
  ['[fec0::1]', 'always'],
  ['[ff02::1]', 'always'],
  ['[4000::1]', 'private'],
];

test.each(refused)('%s is no address of a target (%s)', (address, when) => {
  const attempt = (networks: 'on' | 'off') => () => checkEndpointAddress(`http://${address}:9000`, networks);
  expect(attempt('off')).toThrow(expect.objectContaining({ kind: 'InvalidInput' }));
  if (when === 'always') {
    expect(attempt('on')).toThrow(expect.objectContaining({ kind: 'InvalidInput' }));
  } else {
    expect(attempt('on')).not.toThrow();
  }
});

test.each(['1.1.1.1', '52.216.0.1', '100.128.0.1', '198.20.0.1', '[2600:1f18::1]', '[2a00:1450::1]', 's3.example.com'])(
  '%s may be that of a target',
  (address) => {
    expect(() => checkEndpointAddress(`https://${address}`, 'off')).not.toThrow();
  },
);
