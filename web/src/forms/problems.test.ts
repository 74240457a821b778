import { describe, expect, test } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { Problems, refusedProblems } from './problems.ts';

const fields = ['name', 'destinations', 'options.ping.count'];
const refused = new ApiError('invalid_request', 'several', {
  problems: [
    { path: 'destinations[0]', message: 'no destination is called "x"' },
    { path: 'destinations[1]', message: 'no destination is called "y"' },
    { path: 'options.ping.count', message: 'too small' },
    { path: 'else', message: 'unknown' },
  ],
});

describe('problems of a form', () => {
  test('stand at the fields they belong to, and the rest above', () => {
    const problems = refusedProblems(refused, fields);
    expect(problems.at('destinations')).toBe('no destination is called "x"; no destination is called "y"');
    expect(problems.at('options.ping.count')).toBe('too small');
    expect(problems.within('options.ping')).toBe(true);
    expect(problems.within('options.dns')).toBe(false);
    expect(problems.at('name')).toBeNull();
    expect(problems.general).toBe('else: unknown');
  });

  test('of a field go when it is changed; the others stay', () => {
    const problems = refusedProblems(refused, fields).without(['destinations', 'name']);
    expect(problems.at('destinations')).toBeNull();
    expect(problems.at('options.ping.count')).toBe('too small');
    expect(problems.general).toBe('else: unknown');
    expect(problems.without(['name'])).toBe(problems);
  });

  test('a taken name stands at the name', () => {
    const problems = refusedProblems(new ApiError('name_taken', 'a job is called "x" already', { status: 409 }), fields);
    expect(problems.at('name')).toBe('a job is called "x" already');
    expect(problems.general).toBeNull();
  });

  test('what is about no field is said as a whole', () => {
    expect(refusedProblems(new ApiError('unreachable', 'the server cannot be reached'), fields).general).toBe('the server cannot be reached');
    expect(new Problems().general).toBeNull();
  });
});
