import createClient from 'openapi-fetch';

import type { Problem as ProblemBody } from './schema.gen';
import type { paths } from './schema.gen';

/** client calls the server's API with the session's cookie. */
export const client = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });

/** Problem is an answer of the API that is no success (RFC 9457), or no answer at all. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** mend says what to do about it; empty when nobody knows. */
  readonly mend: string;
  readonly mistakes: NonNullable<ProblemBody['errors']>;
  /** runID is the run that is in the way, where there is one. */
  readonly runID: string;
  /** at is where in the SQL that was sent. */
  readonly at: ProblemBody['at'];

  constructor(body: Partial<ProblemBody>, status: number) {
    super(body.detail || body.title || `the server answered ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.code = body.code ?? '';
    this.mend = body.mend ?? '';
    this.mistakes = body.errors ?? [];
    this.runID = body.run_id ?? '';
    this.at = body.at;
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** take gives what a call answered, or throws a Problem. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(
      {
        detail: 'the server does not answer',
        mend: 'Check that Eddy runs and that this machine reaches it; the page tries again by itself.',
      },
      0,
    );
  }
  if (!answer.response.ok) {
    const body =
      typeof answer.error === 'object' && answer.error !== null ? (answer.error as Partial<ProblemBody>) : {};
    throw new Problem(body, answer.response.status);
  }
  return answer.data as T;
}

/** problemOf makes a Problem of whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem({ detail: error instanceof Error ? error.message : String(error) }, 0);
}

/** etag is what a change of an object is conditional on. */
export function etag(version: number): string {
  return `"${version}"`;
}
