import { callerOf } from "../../support/api.ts";
import { frontendUrl } from "./farm.ts";

/** What was heard of an installation, and the secrets that it had. */
export interface Records {
  /** Whatever anybody but its owner may read, by where it stands. */
  readonly said: Record<string, string>;
  /** By their number and route. */
  readonly answers: Record<string, string>;
  readonly secrets: Record<string, string>;
  /** Routes that have done what they are for, as `DELETE /api/sessions/:id`. */
  readonly served: Set<string>;
}

export const noRecords = (): Records => ({ said: {}, answers: {}, secrets: {}, served: new Set() });

export type Ask = ReturnType<typeof callerOf>;

/** Asks the API as its page does, and keeps every answer. */
export const recording =
  (url: string, { answers, served }: Records): Ask =>
  async (method, path, body, headers) => {
    const answer = await callerOf(url)(method, path, body, { origin: frontendUrl, ...headers });
    const [address = ""] = path.split("?");
    const number = Object.keys(answers).length;
    answers[`${number} ${method} ${address}`] = JSON.stringify([answer.body, [...answer.headers]]);
    if (answer.status < 400) served.add(`${method} ${patternOf(address)}`);
    return answer;
  };

const patternOf = (address: string) =>
  address.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, ":id").replace(/\/\d+$/, "/:step");
