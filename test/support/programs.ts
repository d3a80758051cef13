import { execFileSync } from 'node:child_process';

/** Why curl cannot make the requests that the documentation shows; undefined when it can. `--aws-sigv4` came with 7.75. */
export function curlProblem(): string | undefined {
  try {
    const version = execFileSync('curl', ['--version'], { encoding: 'utf8' });
    const [, major = '0', minor = '0'] = /^curl (\d+)\.(\d+)/.exec(version) ?? [];
    const signs = Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 75);
    return signs ? undefined : `curl ${major}.${minor} has no --aws-sigv4`;
  } catch {
    return 'there is no curl';
  }
}

/** Why a program cannot be run; undefined when it is there. */
export function programProblem(program: string): string | undefined {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `there is no ${program}`;
  }
}

/** A test that runs where nothing is missing, and is otherwise skipped by a name that says why. */
export function testUnless(
  problem: string | undefined,
  name: string,
  run: () => Promise<void>,
  timeout?: number,
): void {
  if (problem === undefined) {
    test(name, run, timeout);
  } else {
    test.skip(`${name} (skipped: ${problem})`, run, timeout);
  }
}
