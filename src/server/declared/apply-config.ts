import type { Logger } from 'pino';
import { applyRequest } from '../../model/apply.ts';
import { applyDeclared, type ApplyParts } from './apply.ts';
import { withLines, type ConfigFile } from './read-config.ts';

/**
 * Makes what a configuration file declares so, at the start of a server. A file without destinations and jobs holds
 * settings only, and changes nothing.
 * @throws {TachoError} invalid_request, naming every problem with its line
 */
export async function applyConfig(config: ConfigFile, { logger, ...parts }: ApplyParts & { readonly logger: Logger }): Promise<void> {
  const { source, destinations, jobs } = config;
  if (destinations.length === 0 && jobs.length === 0) return;
  const answer = await applyDeclared(parts, applyRequest.parse({ source, destinations, jobs })).catch((error: unknown) => {
    throw withLines(error, config);
  });
  for (const warning of answer.warnings) logger.warn(config.describe(warning));
  const kept = answer.items.filter(({ action }) => action === 'keep').map(({ name }) => name);
  if (kept.length > 0) logger.warn({ kept, source }, 'no longer declared by the file and kept: tacho apply --prune removes them');
  const changed = answer.items.filter(({ action }) => action === 'add' || action === 'change').length;
  logger.info({ source, changed, unchanged: answer.items.length - changed - kept.length }, 'destinations and jobs are as the file declares them');
}
