import { first } from './0001-first.ts';
import { widgetLogs } from './0002-widget-logs.ts';
import { settings } from './0003-settings.ts';
import { coordination } from './0004-coordination.ts';
import type { Migration } from './migration.ts';

/** Every step, in order: the first is number 1. A new one goes to the end. */
export const migrations: readonly Migration[] = [first, widgetLogs, settings, coordination];
