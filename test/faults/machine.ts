import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Why something that needs root on Linux cannot run here; undefined when it can. */
export function rootProblem(): string | undefined {
  if (process.platform !== 'linux') {
    return `needs Linux, and this is ${process.platform}`;
  }
  return process.getuid?.() === 0 ? undefined : 'needs root';
}

/** Why these programs cannot run here: the first one that is missing. */
export function programProblem(...programs: string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(':');
  const missing = programs.find((program) => !folders.some((folder) => existsSync(join(folder, program))));
  return missing === undefined ? undefined : `there is no ${missing}`;
}

/** Why a filesystem of this type cannot be mounted here, which containers often forbid to root, too. */
export function mountProblem(type: 'tmpfs' | 'ext4' | 'xfs'): string | undefined {
  const problem = rootProblem() ?? (type === 'tmpfs' ? undefined : programProblem('xfs_io', `mkfs.${type}`));
  if (problem !== undefined) {
    return problem;
  }
  const image = `f=$(mktemp) && trap 'rm -f "$f"' EXIT && truncate -s 400M "$f" && mkfs.${type} -q "$f"`;
  const probe = type === 'tmpfs' ? 'mount -t tmpfs tmpfs /mnt' : `${image} && mount -t ${type} -o loop "$f" /mnt`;
  // In a mount namespace of its own, which ends with the command.
  const { status } = spawnSync('unshare', ['--mount', 'sh', '-c', probe], { stdio: 'ignore' });
  return status === 0 ? undefined : `${type} cannot be mounted`;
}

/** Why system calls cannot be made to fail here. */
export function injectionProblem(): string | undefined {
  const problem = rootProblem() ?? programProblem('strace');
  if (problem !== undefined) {
    return problem;
  }
  const { status } = spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'true'], {
    stdio: 'ignore',
  });
  return status === 0 ? undefined : 'strace may not trace';
}
