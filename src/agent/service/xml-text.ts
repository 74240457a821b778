import { TachoError } from '../../model/errors.ts';
import { isPlainText } from '../../model/name.ts';

/** A text between two tags. */
export function xmlText(text: string): string {
  if (!isPlainText(text)) throw new TachoError('invalid_request', `invalid path ${JSON.stringify(text)}: expected no control characters`);
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
