import type { z } from 'zod';
import { nearest } from './nearest.ts';

/**
 * What is wrong with a value that a zod schema has rejected, as a predicate: `must be a number, not a string`. An
 * unknown key and a refinement are described by the schema's own message.
 */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return 'missing';
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}, not ${wordFor(value)}`;
    case 'invalid_value': {
      const choices = issue.values.map(String);
      if (value === undefined) return `missing; must be one of ${choices.join(', ')}`;
      const [near] = typeof value === 'string' ? nearest(value, choices, 1) : [];
      return `must be one of ${choices.join(', ')}${near === undefined ? '' : `; did you mean "${near}"?`}`;
    }
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      if (issue.origin === 'array')
        return `must have at least ${issue.minimum} ${Number(issue.minimum) === 1 ? 'entry' : 'entries'}`;
      return issue.inclusive === false
        ? `must be greater than ${issue.minimum}`
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must be at most ${issue.maximum} characters long`
        : `must be at most ${issue.maximum}`;
    default:
      // The schema defines the message of everything else.
      return issue.message;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function wordFor(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
      return Number.isInteger(value)
        ? 'a number'
        : Number.isFinite(value)
          ? 'a fraction'
          : 'a number that is too large';
    case 'boolean':
      return String(value);
    default:
      return 'an object';
  }
}
