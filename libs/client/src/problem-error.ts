import type { Problem } from './contract.js';

/** The server said no: what it said, for a person and for a program. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** No answer at all: nothing listens, the network is down, or the time was up. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  constructor(
    /** Where the answer was looked for. */
    readonly where: string,
    options: ErrorOptions = {},
  ) {
    super(`No answer from ${where}`, options);
  }
}

/** The problem of an answer that is no success, also when something between us and the server made the answer. */
export const problemOfAnswer = (status: number, body: string): Problem => {
  const parsed = parseObject(body);
  if (typeof parsed?.['code'] === 'string' && typeof parsed['detail'] === 'string') return parsed as unknown as Problem;
  return { type: 'about:blank', title: `HTTP ${status}`, status, code: `http-${status}`, detail: `HTTP ${status}` };
};

const parseObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
