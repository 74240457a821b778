import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { places, tacho, type Place } from '../../../test/support/command-line.ts';
import { startTestServer } from '../../../test/support/server.ts';

describe.each(Object.entries(places))('tacho leases, over %s', (_, open) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.close());

  test('says so where there are none', async () => {
    const note = 'nothing measures alone at the moment, and nothing waits to\n';
    expect(await place.tacho('leases', 'list')).toEqual({ code: 0, out: '', err: note });
    expect(await place.json('leases', 'list')).toEqual({ items: [], next: null });
  });
});

test('tacho leases list shows who measures', async () => {
  const server = await startTestServer();
  try {
    const agent = await server.agent('berlin');
    const control = await server.control(agent.credential);
    const destination = await server.request('POST', '/api/destinations', { json: { name: 'iperf', host: '192.0.2.1' } });
    const job = await server.request('POST', '/api/jobs', { json: { name: 'line', interval: 3600, kinds: ['throughput'], destinations: ['iperf'] } });
    control.send({
      ...{ type: 'lease_request', lease: 'one', kind: 'throughput', job_id: job.json.id, destination_id: destination.json.id },
      deadline: new Date(Date.now() + 60_000).toISOString(),
    });
    await control.next('lease_granted');
    const { out } = await tacho(['leases', 'list', '--url', server.url, '--token', server.adminToken]);
    const [head, first] = out.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
    expect(head).toEqual(['STATE', 'AGENT', 'DESTINATION', 'JOB', 'KIND', 'SINCE (UTC)', 'UNTIL (UTC)', 'WAITS FOR']);
    expect(first?.slice(0, 5)).toEqual(['held', 'berlin', 'iperf', 'line', 'throughput']);
    control.socket.terminate();
  } finally {
    await server.close();
  }
});
