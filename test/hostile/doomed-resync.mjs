// Queues what resyncs want, as one process that is going to be killed.
import 'reflect-metadata';
import { openDatabase } from '../../dist/src/database/database.js';
import { continueResyncs } from '../../dist/src/operations/replication/resync-replication.js';

const database = await openDatabase({ url: process.env.DATABASE_URL, poolSize: 1 });
await continueResyncs({ database });
await database.close();
