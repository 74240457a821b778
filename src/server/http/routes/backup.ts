import * as z from 'zod';
import { manifest } from '../../backup/manifest.ts';
import type { Services } from '../../services.ts';
import { route } from '../route.ts';

export function backupRoutes({ backup }: Services) {
  return [
    route({
      method: 'POST',
      path: '/api/backup',
      summary: 'Copy everything into a new directory of the server’s machine, while it runs',
      scope: 'admin',
      body: z.object({
        directory: z.string().min(1).max(4096).meta({ description: 'absolute path; made where it is missing, else it must be empty' }),
      }),
      status: 201,
      response: manifest,
      errors: ['conflict'],
      handle: ({ body }) => backup.to(body.directory),
    }),
  ];
}
