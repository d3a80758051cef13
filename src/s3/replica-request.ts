import { permitReplica } from '../operations/access/permit-replica.js';
import { type Exchange, objectAddress } from './exchange.js';
import { s3Error } from './protocol/s3-error.js';

const header = 'x-granary-replication';

/** What the writer says of itself: that it is another bucket's replication, for which it must have the right. */
export async function readReplica(
  exchange: Exchange,
  action: Parameters<typeof permitReplica>[2],
): Promise<{ replica?: 'REPLICA' }> {
  const value = exchange.request.headers.values[header];
  if (value === undefined) {
    return {};
  }
  if (value !== 'REPLICA') {
    throw s3Error('InvalidArgument', `The value of ${header} is REPLICA.`, { ArgumentName: header });
  }
  return permitReplica(exchange.context, objectAddress(exchange), action);
}
