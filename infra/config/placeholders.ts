import { companies, companiesOf } from "./accounts.ts";
import type { Problem } from "./parse.ts";
import type { Config, ConfigOf, ManagedConfig } from "./schema.ts";

/**
 * Values of the examples that came with the repository and that nobody can use as they are, and tokens that are missing.
 * A plan may keep them; `up` refuses them, since what nobody can reach costs money all the same.
 */
export function placeholdersIn(config: Config): Problem[] {
  switch (config.tier) {
    case "vps":
      return ofServer(config);
    case "paas":
    case "fly":
      return ofCompanies(config);
    case "local":
    case "kubernetes":
      return [];
    default:
      return config satisfies never;
  }
}

/** Ranges for documentation (RFC 5737, RFC 3849): nobody's own address is in one. */
const documentation = /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/;

function ofServer(config: ConfigOf<"vps">): Problem[] {
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

/** No image has this digest. */
const nowhere = `@sha256:${"0".repeat(64)}`;
const nobodysProject = "00000000-0000-0000-0000-000000000000";

function ofCompanies(config: ManagedConfig): Problem[] {
  const problems: Problem[] = [];
  const report = (name: string, message: string) => problems.push({ path: `testfarm:${name}`, message });
  for (const [name, image] of Object.entries(config.image))
    if (image?.endsWith(nowhere))
      report(`image.${name}`, `${image} is an example; put in the image that you have pushed`);
  if (config.browserbaseProjectId === nobodysProject)
    report("browserbaseProjectId", `${nobodysProject} is an example; put in your own project's id`);
  for (const name of companiesOf(config)) {
    const company = companies[name];
    if (
      "account" in company &&
      config.accounts[name as keyof typeof config.accounts] === company.account.example
    )
      report(`accounts.${name}`, `${company.account.example} is an example; put in ${company.account.is}`);
    if ("token" in company && !config.secrets.includes(company.token))
      report(company.token, `missing; pulumi config set --secret testfarm:${company.token} <token>`);
  }
  return problems;
}
