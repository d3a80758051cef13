import { authorizeAction, theServer } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary, RequestContext } from '../context.js';
import { lastScrubRound, openScrubRound, type ScrubRoundState } from './scrub-round.js';
import { storageFigures } from './storage-figures.js';

export interface ScrubProgress extends ScrubRoundState {
  /** How far it is, by the number of blobs: 0 to 1. */
  progress: number;
}

/** The open round of the scrubber, else its last, and how far it is; null before the first. */
export async function scrubProgress(granary: Granary): Promise<ScrubProgress | null> {
  const round = await lastScrubRound(granary.database);
  return round === null ? null : withProgress(granary, round);
}

/** Blobs that came during the round make it longer: it is never shown as done before it is. */
async function withProgress(granary: Granary, round: ScrubRoundState): Promise<ScrubProgress> {
  const { stores } = await storageFigures(granary);
  const blobs = stores.reduce((sum, store) => sum + store.blobs, 0);
  const share = blobs === 0 ? 0 : Math.min(0.99, round.blobs / blobs);
  return { ...round, progress: round.finishedAt === null ? share : 1 };
}

/** For administrators: the open round of the scrubber, else its last; null before the first. */
export async function getScrubRound(context: RequestContext): Promise<ScrubProgress | null> {
  authorizeAction(context, 'granary:GetStorage', theServer);
  return scrubProgress(context.granary);
}

/** For administrators: opens a round of the scrubber, unless one is open; the background work goes on with it. */
export async function startScrub(context: RequestContext): Promise<ScrubProgress | null> {
  authorizeAction(context, 'granary:StartScrub', theServer);
  const round = await openScrubRound(context.granary, 'now', (tx, { id }) =>
    recordEvent(tx, context, {
      action: 'granary:StartScrub',
      tenantId: context.caller.tenantId,
      details: { round: id },
    }),
  );
  return round === null ? null : withProgress(context.granary, round);
}
