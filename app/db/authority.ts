import { fileURLToPath } from "node:url";

/**
 * Both roots of Supabase, whose databases and poolers have certificates of its own authority, which no system trusts:
 * "Supabase Root 2021 CA" until 2031-04-26 (SHA-256 80:70:25:AD...E6:CA:FA), and its successor of the same name until
 * 2035-09-01 (5F:9B:77:95...2C:9A:E2). They are from https://github.com/supabase/cli, where
 * apps/cli/src/commands/gen/types/templates/prod-ca-2021.ts (57f6c90) and internal/gen/types/templates/prod-ca-2025.crt
 * (c70c093) have them, and the same as others have read from Supabase's download and from the pooler's own chain.
 */
const supabase = fileURLToPath(new URL("authorities/supabase.crt", import.meta.url));

/**
 * Names the authority of a database whose company has one of its own, as libpq does (`sslrootcert`): only it is then
 * trusted, no public one, and for this connection alone.
 *
 * @param url stays as it is when it is for another host, or says whom it trusts.
 */
export function withAuthority(url: string): string {
  const address = new URL(url);
  if (!/\.supabase\.(com|co)$/.test(address.hostname) || address.searchParams.has("sslrootcert")) return url;
  address.searchParams.set("sslrootcert", supabase);
  return address.href;
}
