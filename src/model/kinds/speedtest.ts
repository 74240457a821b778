import * as z from 'zod';
import { describeKind } from './kind.ts';

const speed = { unit: 'mbps', better: 'higher', decimals: 2 } as const;
const time = { unit: 'ms', better: 'lower', decimals: 2 } as const;

/** Internet speed to a public test server. Labels say to whom and through whom: server_name, server_location, isp. */
export const speedtest = describeKind({
  kind: 'speedtest',
  title: 'Speed test',
  description: 'download and upload speed, latency, jitter and loss to a public test server',
  metrics: {
    download_mbps: { ...speed, title: 'Download', description: 'bits received a second, in millions' },
    upload_mbps: { ...speed, title: 'Upload', description: 'bits sent a second, in millions' },
    ping_ms: { ...time, title: 'Ping', description: 'latency to the test server before the transfers' },
    jitter_ms: { ...time, title: 'Jitter', description: 'variation of that latency, as the tool defines it' },
    packet_loss_pct: { unit: 'pct', better: 'lower', decimals: 1, title: 'Loss', description: 'packets lost, of those sent' },
    loaded_rtt_down_ms: { ...time, title: 'Latency while receiving', description: 'latency during the download' },
    loaded_rtt_up_ms: { ...time, title: 'Latency while sending', description: 'latency during the upload' },
  },
  details: z.object({
    external_ip: z.string().optional().meta({ description: 'the address the test server saw' }),
    result_url: z.string().optional().meta({ description: 'where the tool keeps this result' }),
    server_distance_km: z.number().optional().meta({ description: 'distance to the test server as the tool says it' }),
    raw: z.unknown().meta({ description: 'what was posted, or the fields of an imported row that stand for no measurement' }),
  }),
  primary: ['download_mbps', 'upload_mbps', 'ping_ms'],
  responseTime: 'ping_ms',
});
