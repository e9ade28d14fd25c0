import type { Problem } from "./parse.ts";
import type { ConfigOf } from "./schema.ts";

/** Ranges for documentation (RFC 5737, RFC 3849): nobody's own address is in one. */
const documentation = /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/;

/**
 * Values of the example that came with the repository and that nobody can use as they are. A plan may keep them; `up`
 * refuses them, since a server that nobody can reach costs money all the same.
 */
export function placeholdersIn(config: ConfigOf<"vps">): Problem[] {
  const problems = config.adminCidrs.flatMap((range, index) =>
    documentation.test(range)
      ? [
          {
            path: `testfarm:adminCidrs[${index}]`,
            message: `${range} is an example; put in your own address, which \`curl https://ifconfig.me\` prints`,
          },
        ]
      : [],
  );
  if (!config.sshPublicKey.endsWith(" example")) return problems;
  const message = "is an example that no private key fits; put in the content of your ~/.ssh/id_ed25519.pub";
  return [...problems, { path: "testfarm:sshPublicKey", message }];
}
