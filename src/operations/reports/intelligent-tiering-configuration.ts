import { type ConfigurationFilter, checkConfigurationId, checkFilter, requireValid } from './configuration-filter.js';

/** The first number of days without access that S3 takes for a tier; the last is two years. */
const firstDays = { ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180 } as const;
const lastDay = 730;

export const accessTiers = ['ARCHIVE_ACCESS', 'DEEP_ARCHIVE_ACCESS'] as const;
export type AccessTier = (typeof accessTiers)[number];

export interface Tiering {
  accessTier: AccessTier;
  /** Without access. */
  days: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_IntelligentTieringConfiguration.html : kept, and not acted upon. */
export interface IntelligentTieringConfiguration {
  id: string;
  enabled: boolean;
  filter: ConfigurationFilter;
  tierings: readonly Tiering[];
}

/** Throws unless S3 would take the configuration. */
export function checkIntelligentTiering({ id, filter, tierings }: IntelligentTieringConfiguration): void {
  checkConfigurationId(id, 'intelligentTiering');
  checkFilter(filter, 'intelligentTiering');
  const field = ['intelligentTiering', 'tierings'];
  const tiers = new Set(tierings.map(({ accessTier }) => accessTier));
  requireValid(tierings.length > 0 && tiers.size === tierings.length, field, 'Name one or both tiers, each once.');
  for (const { accessTier, days } of tierings) {
    const first = firstDays[accessTier];
    requireValid(
      Number.isInteger(days) && days >= first && days <= lastDay,
      field,
      `The days of ${accessTier} are ${first} to ${lastDay}.`,
    );
  }
  const daysOf = (tier: AccessTier) => tierings.find(({ accessTier }) => accessTier === tier)?.days;
  const [archive, deep] = [daysOf('ARCHIVE_ACCESS'), daysOf('DEEP_ARCHIVE_ACCESS')];
  const isInOrder = archive === undefined || deep === undefined || archive < deep;
  requireValid(isInOrder, field, 'What goes to DEEP_ARCHIVE_ACCESS has been in ARCHIVE_ACCESS for a day or more.');
}
