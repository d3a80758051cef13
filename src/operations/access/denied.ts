import type { PolicyLayers } from '../../auth/policy/decide.js';
import type { PolicyRequest } from '../../auth/policy/match-statement.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';

/** A request that was refused, with all that had a say in it. */
export interface DeniedRequest {
  readonly layers: PolicyLayers;
  readonly request: PolicyRequest;
  /** What it was about, for the audit log. */
  readonly bucketId?: number;
  readonly key?: string | undefined;
}

/** `AccessDenied`, with the id under which the explanation can be looked up for a while. */
export function denied(context: RequestContext, refused: DeniedRequest): GranaryError {
  const decisionId = context.granary.decisions.note(context, refused);
  return new GranaryError('Denied', 'Access Denied', {
    reason: 'AccessDenied',
    data: decisionId === undefined ? {} : { decisionId },
  });
}
