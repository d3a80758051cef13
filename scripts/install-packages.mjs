// Installs programs that tests need, as root on a Debian-like Linux; elsewhere the tests that cannot run are skipped by
// names that say why.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const installLimitMs = 300_000;
const policyFile = '/usr/sbin/policy-rc.d';

/** Where programs are, those for administrators included. */
export const programFolders = [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'])];

function isInstalled(program) {
  return programFolders.some((folder) => existsSync(join(folder, program)));
}

/** Installs the packages of those programs that are missing. */
export function installPackages(packageOf) {
  const missing = Object.entries(packageOf).flatMap(([program, names]) => (isInstalled(program) ? [] : names));
  if (missing.length > 0 && process.platform === 'linux' && process.getuid?.() === 0 && isInstalled('apt-get')) {
    withoutServices(() => install([...new Set(missing)]));
  }
}

function install(names) {
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: installLimitMs,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  // Somebody else may be installing something.
  const quiet = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=60'];
  spawnSync('apt-get', ['update', '-q'], options);
  const { status } = spawnSync('apt-get', ['install', ...quiet, '--no-install-recommends', ...names], options);
  if (status !== 0) {
    process.stderr.write(`apt-get could not install ${names.join(', ')}: tests that need them are skipped\n`);
  }
}

/** Packages of servers start them as services of the machine, on its ports; tests start their own. */
function withoutServices(work) {
  const isOurs = !existsSync(policyFile);
  if (isOurs) {
    writeFileSync(policyFile, '#!/bin/sh\nexit 101\n');
    chmodSync(policyFile, 0o755);
  }
  try {
    work();
  } finally {
    if (isOurs) {
      rmSync(policyFile);
    }
  }
}
