import { ApiFailure } from "../api/client.ts";

const sentence = (message: string) => message.charAt(0).toUpperCase() + message.slice(1);

const issuesOf = (error: Error | null) => (error instanceof ApiFailure ? error.issues : []);

/** What the API says is wrong with each field of a form; a field without an issue is left out. */
export function issuesByField<Field extends string>(
  error: Error | null,
  fields: readonly Field[],
): Partial<Record<Field, string>> {
  const found = fields.flatMap((field) => {
    const messages = issuesOf(error).flatMap(({ path, message }) => (path === field ? [message] : []));
    return messages.length > 0 ? [[field, sentence(messages.join("; "))] as const] : [];
  });
  return Object.fromEntries(found) as Partial<Record<Field, string>>;
}

/** What no field of the form can show: an error without issues, or issues of something else. */
export function generalMessage(error: Error | null, fields: readonly string[]): string | undefined {
  if (error === null) return undefined;
  const issues = issuesOf(error);
  const elsewhere = issues.filter(({ path }) => !fields.includes(path));
  if (issues.length > 0)
    return elsewhere.map(({ path, message }) => `${path}: ${message}`).join("; ") || undefined;
  return error.message;
}
