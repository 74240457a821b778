import { isIpv6 } from './address.ts';
import type { TargetForm } from './kinds/kind.ts';

/**
 * The form of a destination's host that a kind needs: one destination written as a URL can be pinged, and one
 * written as a name can be asked for over HTTP. An empty text for kinds that measure the machine itself.
 */
export function targetOf(form: TargetForm, host: string): string {
  switch (form) {
    case 'none':
      return '';
    case 'url':
      return /^https?:\/\//i.test(host) ? host : `http://${isIpv6(host) ? `[${host}]` : host}/`;
    case 'host':
    case 'name': {
      const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(host)?.[1] ?? host;
      return authority.replace(/^\[(.*)\]$/, '$1');
    }
  }
}
