import type { ApiError } from "../../contract.ts";

/** A request that did not get what it asked for. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  /** HTTP status; 0 when TestFarm could not be reached at all. */
  readonly status: number;
  /** What is wrong with the input, by the path of the field. */
  readonly issues: NonNullable<ApiError["error"]["issues"]>;
  /**
   * Seconds after which the same request may succeed: TestFarm is being moved, and has done nothing of it. Absent:
   * something else is wrong.
   */
  readonly movingFor: number | undefined;

  constructor(
    status: number,
    message: string,
    issues: ApiFailure["issues"] = [],
    { cause, movingFor }: { readonly cause?: unknown; readonly movingFor?: number | undefined } = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.issues = issues;
    this.movingFor = movingFor;
  }
}

/** Milliseconds. What changes something is held while TestFarm is being moved, for half a minute at the most. */
const patience = { reading: 15_000, writing: 45_000 };

/**
 * One request to the API of this origin.
 *
 * @throws {ApiFailure} on an answer of 400 or more, and when there is no answer.
 */
export async function request<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await send(method, path, body);
  if (!response.ok) throw await failure(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

async function send(method: string, path: string, body: unknown): Promise<Response> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const signal = AbortSignal.timeout(method === "GET" ? patience.reading : patience.writing);
  try {
    return await fetch(`/api${path}`, { method, headers, ...json, signal });
  } catch (cause) {
    throw new ApiFailure(0, "TestFarm does not answer. Is it running?", [], { cause });
  }
}

async function failure(response: Response): Promise<ApiFailure> {
  try {
    const { error } = (await response.json()) as ApiError;
    const movingFor = error.code === "moving" ? Number(response.headers.get("retry-after") ?? 5) : undefined;
    return new ApiFailure(response.status, error.message, error.issues, { movingFor });
  } catch (cause) {
    return new ApiFailure(response.status, `TestFarm answered with status ${response.status}.`, [], {
      cause,
    });
  }
}
