import { applyAnswer, applyDocument, applyRequest } from '../../../model/apply.ts';
import { applyDeclared } from '../../declared/apply.ts';
import type { Services } from '../../services.ts';
import { route } from '../route.ts';

export function applyRoutes(services: Services) {
  return [
    route({
      method: 'POST',
      path: '/api/apply',
      summary: 'Make declared destinations and jobs so: all of them, or none where anything is wrong',
      scope: 'write',
      body: applyRequest,
      bodyDocument: applyDocument,
      // A thousand destinations with all their fields are half a megabyte.
      bodyLimit: 16_777_216,
      response: applyAnswer,
      errors: ['conflict'],
      handle: ({ body }) => applyDeclared(services, body),
    }),
  ];
}
