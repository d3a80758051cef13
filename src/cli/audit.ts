import { readFile, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { GranaryError } from '../errors.js';
import type { AuditFinding } from '../operations/audit/check-audit-batch.js';
import { exportEvents } from '../operations/audit/export-events.js';
import { type AuditHead, type VerifiedAudit, verifyAudit } from '../operations/audit/verify-audit.js';
import type { Granary } from '../operations/context.js';
import { findTenantByName } from '../operations/tenants/resolve-tenant.js';
import { exitCodes, explain, type Runner, runCommand } from './run-command.js';

interface VerifyOptions {
  tenant?: string;
  heads?: string;
}

interface ExportOptions {
  tenant?: string;
  from?: Date;
  to?: Date;
}

/** `granary audit`: what was recorded, checked or given out. */
export function auditCommand(runner: Runner): Command {
  return new Command('audit')
    .description('the record of who did what: check that nobody changed it, and give it out')
    .addCommand(verifyCommand(runner))
    .addCommand(exportCommand(runner));
}

/** Exit code 1 when anything is not as it was sealed. */
function verifyCommand(runner: Runner): Command {
  return new Command('verify')
    .description('find events and batches that were edited, removed or inserted since they were sealed')
    .option('--tenant <name>', 'only this tenant')
    .option('--heads <file>', 'compare with where the chains ended when this file was written, and write it anew')
    .action(({ tenant, heads }: VerifyOptions, command: Command) =>
      runCommand(runner, command, async (progress) => {
        const verified = await verifyAudit(await runner.host.openGranary(), {
          ...(tenant === undefined ? {} : { tenant }),
          ...(heads === undefined ? {} : { knownHeads: await readHeads(heads) }),
          onProgress: ({ batches, events }) => progress(`${batches} batches with ${events} events verified`),
        });
        const isWhole = verified.findings.length === 0;
        if (isWhole && heads !== undefined) {
          await writeHeads(heads, verified.heads);
        }
        return { text: describe(verified), facts: verified, result: isWhole ? 'complete' : 'failed' };
      }),
    );
}

function exportCommand(runner: Runner): Command {
  return new Command('export')
    .description('print events as JSON, one a line, by tenant and in their order')
    .option('--tenant <name>', 'only this tenant')
    .option('--from <time>', 'only from this time on, such as 2026-01-31', parseTime)
    .option('--to <time>', 'only before this time', parseTime)
    .action(async ({ tenant, from, to }: ExportOptions) => {
      try {
        const granary = await runner.host.openGranary();
        const tenantId = tenant === undefined ? undefined : await tenantIdOf(granary, tenant);
        for await (const lines of exportEvents(granary.database, { tenantId, from, to })) {
          runner.write(lines);
        }
        runner.exit(exitCodes.done);
      } catch (error) {
        runner.writeError(explain(error));
        runner.exit(exitCodes.failed);
      }
    });
}

async function tenantIdOf(granary: Granary, name: string): Promise<number> {
  const tenant = await findTenantByName(granary.database, name);
  if (tenant === undefined) {
    throw new GranaryError('NotFound', `There is no tenant "${name}".`);
  }
  return tenant.id;
}

function describe(verified: VerifiedAudit): string {
  const { events, batches, tenants, removedEvents, unsealedEvents, findings, heads } = verified;
  const lines = [`${events} events in ${batches} batches of ${tenants} tenants verified.`];
  if (removedEvents > 0) {
    lines.push(`${removedEvents} more were removed by retention.`);
  }
  if (unsealedEvents > 0) {
    lines.push(`${unsealedEvents} are not sealed yet.`);
  }
  lines.push(
    ...heads.map(({ tenant, batch, root }) => `The chain of ${tenant} ends with batch ${batch}, root ${root}.`),
  );
  const wrong = findings.length === 1 ? '1 thing is wrong:' : `${findings.length} things are wrong:`;
  lines.push(findings.length === 0 ? 'Nothing was changed.' : wrong, ...findings.map(lineOf));
  return lines.join('\n');
}

function lineOf({ tenant, batch, event, problem }: AuditFinding): string {
  const place = [tenant, batch === null ? '' : `batch ${batch}`, event === null ? '' : `event ${event}`];
  return `  ${place.filter((part) => part !== '').join(', ')}: ${problem}`;
}

/** None when the file is not there yet. */
async function readHeads(path: string): Promise<AuditHead[]> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as AuditHead[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw new GranaryError('InvalidInput', `${path} cannot be read as a file of heads: ${(error as Error).message}`);
  }
}

/** Those of other tenants stay as they were. */
async function writeHeads(path: string, heads: readonly AuditHead[]): Promise<void> {
  const fresh = new Set(heads.map(({ tenantId }) => tenantId));
  const others = (await readHeads(path)).filter(({ tenantId }) => !fresh.has(tenantId));
  await writeFile(path, `${JSON.stringify([...others, ...heads], null, 2)}\n`);
}

function parseTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('It must be a date, or a date and a time, as in ISO 8601.');
  }
  return time;
}
