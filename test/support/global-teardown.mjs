export default async function teardown() {
  await globalThis.granaryTestPostgres?.stop();
}
