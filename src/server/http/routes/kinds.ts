import * as z from 'zod';
import { kindNames, kinds } from '../../../model/kinds/index.ts';
import type { KindDefinition } from '../../../model/kinds/kind.ts';
import { listOf, wholeList } from '../list.ts';
import { route } from '../route.ts';

const metric = z.object({
  title: z.string(),
  unit: z.string(),
  better: z.enum(['lower', 'higher']).nullable(),
  description: z.string(),
  decimals: z.int(),
});
const kind = z.object({
  kind: z.string(),
  title: z.string(),
  description: z.string(),
  target: z.enum(['host', 'name', 'url', 'none']),
  metrics: z.record(z.string(), metric),
  primary: z.array(z.string()),
  spec: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the options of one run' }),
});

export function kindRoutes() {
  return [
    route({
      method: 'GET',
      path: '/api/kinds',
      summary: 'What can be measured: options, metrics, units',
      scope: 'read',
      response: listOf(kind),
      handle: () => Promise.resolve(wholeList(kindNames.map((name) => describeKind(kinds[name])))),
    }),
  ];
}

function describeKind(definition: KindDefinition): z.output<typeof kind> {
  return {
    kind: definition.kind,
    title: definition.title,
    description: definition.description,
    target: definition.target,
    metrics: { ...definition.metrics },
    primary: [...definition.primary],
    spec: z.toJSONSchema(definition.spec, { io: 'input' }),
  };
}
