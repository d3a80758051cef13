import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';

/** One target, as metrics show it. */
export interface NotificationFigures {
  tenant: string;
  target: string;
  kind: string;
  pending: number;
  dead: number;
  /** Age of the oldest notification on its way; 0 when there is none. */
  lagSeconds: number;
}

const readFigures = statement(
  'notification_figures',
  `SELECT n.name AS tenant, t.name AS target, t.kind,
     count(d.id) FILTER (WHERE d.state = 'PENDING') AS pending, count(d.id) FILTER (WHERE d.state = 'DEAD') AS dead,
     COALESCE(extract(epoch FROM now() - min(d.created_at) FILTER (WHERE d.state = 'PENDING')), 0)::float8 AS "lagSeconds"
   FROM notification_target t JOIN tenant n ON n.id = t.tenant_id
     LEFT JOIN notification_delivery d ON d.target_id = t.id
   GROUP BY n.name, t.name, t.kind ORDER BY n.name, t.name`,
);

/** How far every notification target is behind, for metrics. */
export function notificationFigures({ database }: Granary): Promise<NotificationFigures[]> {
  return database.query<NotificationFigures>(readFigures);
}
