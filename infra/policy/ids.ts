/** Every rule's id, in the order in which violations are printed. Apart from the rules, so that a stack file is read without them. */
export const ruleIds = [
  "secret-in-clear",
  "database-port-published",
  "database-without-tls",
  "firewall-port-open",
  "ssh-open-to-world",
  "plain-http-site",
  "data-not-kept",
  "own-image-without-digest",
  "memory-unlimited",
  "volume-unencrypted",
  "third-party-image-without-digest",
  "backup-missing",
] as const;

export type RuleId = (typeof ruleIds)[number];
