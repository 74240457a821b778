import fc from 'fast-check';

/** Any text at all: control characters, broken surrogates, every script. Cheaper to make than fast-check's own binary strings. */
export function anyText(): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units));
}
