import { authorizeAction, theServer } from '../access/authorize-action.js';
import type { EventContext } from '../audit/event-origin.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary, RequestContext } from '../context.js';

/** What becomes of tokens that the keys before have signed. */
export type OldTokens = 'end with their tokens' | 'end at once';

/** Nobody's tenant: the keys are the server's. */
const SERVER = 0;
const job = { requestId: 'rotate-signing-key', sourceIp: null };

/** Makes a new key for access tokens; for global administrators. @returns its id. */
export async function rotateSigningKeys(context: RequestContext, input: { old: OldTokens }): Promise<string> {
  authorizeAction(context, 'granary:RotateSigningKeys', theServer);
  return makeSigningKey(context.granary, input.old, context);
}

/** The same for whoever works on the server itself. */
export async function makeSigningKey(granary: Granary, old: OldTokens, context: EventContext): Promise<string> {
  const keyId = await granary.database.transaction(async (tx) => {
    const id = await granary.tokens.rotate(tx, old);
    await recordEvent(tx, context, {
      action: 'granary:RotateSigningKeys',
      tenantId: context.caller?.tenantId ?? SERVER,
      details: { keyId: id, old },
    });
    return id;
  });
  granary.tokens.forgetKeys();
  return keyId;
}

/** Makes a new key when the newest one has signed for as long as the settings say, and removes what is over. */
export async function rotateDueSigningKey(granary: Granary): Promise<{ made: string | undefined; removed: number }> {
  const outcome = await granary.database.transaction(async (tx) => {
    const done = await granary.tokens.rotateWhenDue(tx, granary.settings.signingKeySeconds);
    if (done.made !== undefined) {
      const details = { keyId: done.made };
      await recordEvent(tx, job, { action: 'granary:RotateSigningKeys', tenantId: SERVER, details });
    }
    return done;
  });
  granary.tokens.forgetKeys();
  return outcome;
}
