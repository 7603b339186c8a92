import { NoAnswer, serverFailure, serverWords } from './server-failure.js';

const clientError = (type: string, message: string): Error => Object.assign(new Error(message), { type });

it.each([
  ['unavailable', '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED', 'unsent'],
  ['unavailable', '14 UNAVAILABLE: Connection dropped', 'unclear'],
  ['unavailable', '14 UNAVAILABLE: Server Is Too Busy', 'unclear'],
  ['unknown', '13 INTERNAL: Received RST_STREAM with code 2', 'unclear'],
  ['unknown', '3 INVALID_ARGUMENT: Maximum Append Event Size of 16767216 exceeded', 'too-large'],
  ['unknown', '8 RESOURCE_EXHAUSTED: Received message larger than max (17825792 vs. 17825791)', 'too-large'],
  ['invalid-argument', 'fromRevision value must be a non-negative integer', 'bug'],
])('%s “%s” is %s', (type, message, kind) => {
  expect(serverFailure(clientError(type, message)).kind).toBe(kind);
});

it('knows when the client found no node, when our own timer ran out, and what is a bug', () => {
  expect(serverFailure(new Error('Failed to discover after 3 attempts.')).kind).toBe('unsent');
  expect(serverFailure(new NoAnswer('No answer within 5 ms')).kind).toBe('unclear');
  expect(serverFailure(new TypeError('x is not a function')).kind).toBe('bug');
  expect(serverFailure(undefined).kind).toBe('bug');
});

it('repeats what was said on one bounded line', () => {
  expect(serverWords(clientError('unknown', `two\n  lines ${'x'.repeat(999)}`))).toHaveLength(300);
  expect(serverWords(clientError('unknown', 'two\n  lines'))).toBe('unknown: two lines');
});
