// Installs the programs of Debian that tests and tests under faults need, where this is root on a Debian-like Linux;
// elsewhere the tests that cannot run are skipped by names that say why.
import { installPackages } from './install-packages.mjs';

installPackages({
  slapd: ['slapd'],
  ldapmodify: ['ldap-utils'],
  samba: ['samba', 'samba-ad-dc'],
  'samba-tool': ['samba-dsdb-modules', 'samba-ad-provision'],
  'nats-server': ['nats-server'],
  'rabbitmq-server': ['rabbitmq-server'],
  chromium: ['chromium'],
  strace: ['strace'],
  xfs_io: ['xfsprogs'],
  'mkfs.ext4': ['e2fsprogs'],
  faketime: ['faketime'],
});
