import { Secret, Unknown, type Value } from "../../infra/plan/record.ts";

/** A value with all that is secret in it in clear, as a provider receives it. */
export function revealed(value: Value): Value {
  if (value instanceof Secret) return revealed(value.reveal());
  if (Array.isArray(value)) return value.map(revealed);
  if (value === null || typeof value !== "object" || value instanceof Unknown) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, revealed(each)]));
}
