/**
 * Options of `ssh` for a server whose key is known: it takes no other key, and no file of the machine where it runs plays
 * a part, so that it is the same wherever Pulumi runs. Needs OpenSSH 8.5, of 2021, for `KnownHostsCommand`:
 * https://www.openssh.com/txt/release-8.5
 *
 * @param address as `ssh` is told it; `[address]:port` for another port than 22.
 * @param hostKey `ssh-ed25519 AAAA...`
 */
export const sshOptions = (address: string, hostKey: string): string[] =>
  [
    "StrictHostKeyChecking=yes",
    "UserKnownHostsFile=/dev/null",
    "GlobalKnownHostsFile=/dev/null",
    `KnownHostsCommand=/bin/echo ${address} ${hostKey}`,
  ].flatMap((option) => ["-o", option]);

/** Words of a command for a shell. */
export const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
