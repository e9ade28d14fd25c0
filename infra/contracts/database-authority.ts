/**
 * Hosts of databases whose certificates are of the company's own authority: the application brings its root along
 * (app/db/authority.ts), and no system trusts it.
 */
const hosts: readonly RegExp[] = [/\.supabase\.(com|co)$/, /\.rds\.amazonaws\.com$/];

/** Whether only who has been given the root can verify the certificate of this host. */
export const hasOwnAuthority = (host: string): boolean => hosts.some((each) => each.test(host));
