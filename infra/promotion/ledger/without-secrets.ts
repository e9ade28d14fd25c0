import { withoutCredentials } from "../../../app/without-credentials.ts";

/** PostgreSQL quotes the connection string of a subscription in its errors. */
const password = /(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s'"]+)/gi;

/** An error's text as the ledger may keep it. */
export const withoutSecrets = (text: string): string =>
  withoutCredentials(text).replace(password, "$1[secret]");
