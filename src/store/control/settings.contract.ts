import { describe, expect, test } from 'vitest';
import { hostileNames, type Subject } from './subject.contract.ts';

export function settingsContract(subject: Subject): void {
  describe('kept settings', () => {
    test('what was set last is read, also after reopening; null takes it away', async () => {
      const { settings } = subject.store;
      expect(await settings.get('password')).toBeNull();
      for (const value of hostileNames) await settings.set('password', value);
      await settings.set('other', 'x');
      await subject.reopen();
      expect(await subject.store.settings.get('password')).toBe(hostileNames.at(-1));
      await subject.store.settings.set('password', null);
      expect(await subject.store.settings.get('password')).toBeNull();
      expect(await subject.store.settings.get('other')).toBe('x');
    });
  });
}
