import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Kafka, logLevel } from 'kafkajs';
import { startNotifications } from '../../../src/jobs/notifications.js';
import { kafkaProblem, startKafka } from '../../support/kafka.js';
import { eventually } from '../../support/process.js';
import { testUnless } from '../../support/programs.js';
import { startTestServer } from '../../support/server.js';

const topic = 'granary-events';
const Bucket = 'told';

testUnless(
  kafkaProblem(),
  'a topic of Kafka takes events, those of a key in their order in one partition; one that is not there takes none',
  async () => {
    const { broker, stop } = await startKafka();
    const server = await startTestServer({ notificationAllowPrivate: 'on' });
    const job = await startNotifications(server.granary, { pollMs: 50 });
    const kafka = new Kafka({
      brokers: [broker],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 200, retries: 20 },
    });
    const consumer = kafka.consumer({ groupId: 'test' });
    try {
      const admin = kafka.admin();
      await admin.connect();
      const ask = async (mutation: string, type: string, input: object) => {
        const query = `mutation($input: ${type}!) { answer: ${mutation}(input: $input) { ${mutation === 'testNotificationTarget' ? 'delivered ' : ''}userErrors { message } } }`;
        return (await server.graphql(query, { input })).data.answer;
      };
      const target = { name: 'topic', kind: 'KAFKA', address: `kafka://${broker}`, destination: topic };
      expect(await ask('createNotificationTarget', 'CreateNotificationTargetInput', target)).toEqual({
        userErrors: [],
      });
      const tried = () => ask('testNotificationTarget', 'TestNotificationTargetInput', { name: 'topic' });
      expect(await tried()).toMatchObject({ delivered: false });
      await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
      await eventually(async () => (await tried()).delivered === true);
      await server.s3.send(new CreateBucketCommand({ Bucket }));
      await server.s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: {
            QueueConfigurations: [{ QueueArn: 'arn:granary:notify::default:topic', Events: ['s3:ObjectCreated:*'] }],
          },
        }),
      );
      for (const Body of ['1', '22', '333']) {
        for (const Key of ['a', 'b']) {
          await server.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
        }
      }
      const got: { key: string; partition: number; size: number }[] = [];
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ partition, message }) => {
          const [record] = JSON.parse(String(message.value)).Records ?? [];
          if (record !== undefined) {
            got.push({ key: record.s3.object.key, partition, size: record.s3.object.size });
          }
        },
      });
      await eventually(() => got.length === 6, 30_000);
      for (const name of ['a', 'b']) {
        const own = got.filter(({ key }) => key === name);
        expect([own.map(({ size }) => size), new Set(own.map(({ partition }) => partition)).size]).toEqual([
          [1, 2, 3],
          1,
        ]);
      }
      await admin.disconnect();
    } finally {
      await consumer.disconnect().catch(() => undefined);
      await job.stop();
      await server.stop();
      await stop();
    }
  },
  90_000,
);
