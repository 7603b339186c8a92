import type { Expectation, Outcome } from './api-spec.js';

export const status =
  (expected: number): Expectation =>
  ({ answer }) => {
    if (answer.status !== expected)
      throw new Error(`Status ${answer.status} instead of ${expected}: ${answer.text.slice(0, 2000)}`);
  };

/** Types of the events that the request wrote, in the order of the log. */
export const newEvents =
  (...types: string[]): Expectation =>
  ({ written }) =>
    expect(written.map(({ type }) => type)).toEqual(types);

/** The log ends where it ended before. */
export const nothingWritten: Expectation = newEvents();

/** The body has at least these members. */
export const answers =
  (members: unknown): Expectation =>
  ({ answer }) =>
    expect(answer.body).toMatchObject(members as object);

export const answerHeader =
  (name: string, value: string | RegExp | undefined): Expectation =>
  ({ answer }) => {
    if (value instanceof RegExp) expect(answer.headers[name]).toMatch(value);
    else expect(answer.headers[name]).toBe(value);
  };

/** Types of the items of a list. */
export const items =
  (read: (item: any) => unknown, expected: readonly unknown[]): Expectation =>
  ({ answer }) =>
    expect((answer.body.items as unknown[]).map(read)).toEqual(expected);

export const that =
  (check: (outcome: Outcome) => void | Promise<void>): Expectation =>
  (outcome) =>
    check(outcome);

/** Problem details, whole: media type, members, language, and nothing of the insides. */
export const problem =
  (code: string, members: object = {}): Expectation =>
  ({ answer }) => {
    expect(answer.body).toMatchObject({ code, ...members });
    mustBeProblem(answer.status, answer.headers, answer.body);
    expect(answer.body.instance).not.toContain('?');
  };

export const mustBeProblem = (
  statusCode: number,
  headers: Readonly<Record<string, string | undefined>>,
  body: any,
): void => {
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(headers['content-language']).toMatch(/^(fr|en)$/);
  expect(body).toMatchObject({
    type: `/problems/${body.code}`,
    status: statusCode,
    title: expect.stringMatching(/\S/),
    detail: expect.stringMatching(/^.{10,}/su),
    code: expect.stringMatching(/^[a-z0-9-]+$/),
    instance: expect.stringMatching(/^\//),
  });
  expect(JSON.stringify(body)).not.toMatch(/node_modules|\bat \w+ \(|SQLITE|undefined/);
};

/** A refusal that wrote nothing: what every bad input must get. */
export const refused = (statusCode: number, code: string, members: object = {}): Expectation => {
  const all = [status(statusCode), problem(code, members), nothingWritten];
  return async (outcome) => {
    for (const each of all) await each(outcome);
  };
};
