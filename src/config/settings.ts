import { GranaryError } from '../errors.js';
import { type RateLimitSettings, rateLimitTable } from './rate-limit-settings.js';
import { type S3Settings, s3Table } from './s3-settings.js';
import { type ServerSettings, serverTable } from './server-settings.js';
import type { SettingTable } from './setting.js';
import { type SignInSettings, signInTable } from './sign-in-settings.js';
import { type StorageSettings, storageTable } from './storage-settings.js';
import { type WorkSettings, workTable } from './work-settings.js';

/** Everything that can be set from outside. Times are in the unit that the name says. */
export interface Settings
  extends ServerSettings,
    StorageSettings,
    S3Settings,
    SignInSettings,
    WorkSettings,
    RateLimitSettings {}

const table: SettingTable<Settings> = {
  ...serverTable,
  ...storageTable,
  ...s3Table,
  ...signInTable,
  ...workTable,
  ...rateLimitTable,
};

/**
 * Reads the settings. A variable that is set to nothing counts as not set.
 * @throws GranaryError InvalidInput that lists every wrong setting with its problem and an example.
 */
export function loadSettings(env: NodeJS.ProcessEnv): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [field, setting] of Object.entries(table)) {
    const result = setting.schema.safeParse(env[setting.variable] || undefined);
    values[field] = result.data;
    if (!result.success) {
      problems.push(describe(setting, result.error.issues[0]?.message ?? 'is wrong'));
    }
  }
  problems.push(...unpairedRootKey(env));
  if (problems.length > 0) {
    throw new GranaryError('InvalidInput', problems.join('\n'), { reason: 'InvalidSettings' });
  }
  // Each field's schema was checked against its type in the table.
  return values as unknown as Settings;
}

/** The names of all variables, for documentation and tests. */
export function settingVariables(): string[] {
  return Object.values(table).map((setting) => setting.variable);
}

/** Names that look like settings and are none: most likely misspelt, and without any effect. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(settingVariables());
  return Object.keys(env).filter((variable) => variable.startsWith('GRANARY_') && !known.has(variable));
}

// The value itself is left out: it may be a secret.
function describe(setting: { variable: string; example: string }, problem: string): string {
  return `${setting.variable} ${problem}. Example: ${setting.example}`;
}

function unpairedRootKey(env: NodeJS.ProcessEnv): string[] {
  const { rootAccessKey, rootSecretKey } = table;
  const [present, missing] = env[rootAccessKey.variable]
    ? [rootAccessKey, rootSecretKey]
    : [rootSecretKey, rootAccessKey];
  const paired = Boolean(env[present.variable]) === Boolean(env[missing.variable]);
  return paired ? [] : [describe(missing, `is missing while ${present.variable} is set`)];
}
