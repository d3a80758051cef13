import type { Caller, UserCaller } from '../../auth/caller.js';

/** Who asks and from where, as events keep it. Background work has no caller. */
export interface EventContext {
  readonly requestId: string;
  readonly sourceIp: string | null;
  /** What the client calls itself. */
  readonly userAgent?: string | undefined;
  readonly caller?: Caller;
}

/** What the event of a write says of its origin: `p_origin` of the functions in `migrations/functions/write.sql`. */
export function eventOrigin(context: EventContext): (string | null)[] {
  const { actorName, accessKeyId } = actorOf(context.caller);
  return [context.requestId, context.sourceIp, actorName, accessKeyId];
}

/** The user behind a request; nobody for anonymous callers and background work. */
export function actorOf(caller: Caller | undefined): {
  actorId: number | null;
  actorName: string | null;
  accessKeyId: string | null;
} {
  return caller?.kind === 'user'
    ? { actorId: caller.userId, actorName: nameOf(caller), accessKeyId: caller.accessKeyId ?? caller.apiKeyId ?? null }
    : { actorId: null, actorName: null, accessKeyId: null };
}

/** A role is named with the session, so that it can be seen who had assumed it. */
function nameOf({ username, assumed }: UserCaller): string {
  return assumed === undefined ? username : `${username}/${assumed.name}`;
}
