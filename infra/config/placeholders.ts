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
    case "kubernetes":
      return ofCluster(config);
    case "local":
      return [];
    default:
      return config satisfies never;
  }
}

/** Ranges for documentation (RFC 5737, RFC 3849): nobody's own address is in one. */
const documentation = /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/;

const ofRanges = (ranges: readonly string[]): Problem[] =>
  ranges.flatMap((range, index) =>
    documentation.test(range)
      ? [
          {
            path: `testfarm:adminCidrs[${index}]`,
            message: `${range} is an example; put in your own address, which \`curl https://ifconfig.me\` prints`,
          },
        ]
      : [],
  );

function ofServer(config: ConfigOf<"vps">): Problem[] {
  const problems = ofRanges(config.adminCidrs);
  if (!config.sshPublicKey.endsWith(" example")) return problems;
  const message = "is an example that no private key fits; put in the content of your ~/.ssh/id_ed25519.pub";
  return [...problems, { path: "testfarm:sshPublicKey", message }];
}

/** No image has this digest. */
const nowhere = `@sha256:${"0".repeat(64)}`;
const nobodysProject = "00000000-0000-0000-0000-000000000000";

const ofImages = (images: Readonly<Record<string, string | undefined>>): Problem[] =>
  Object.entries(images).flatMap(([name, image]) =>
    image?.endsWith(nowhere) === true
      ? [
          {
            path: `testfarm:image.${name}`,
            message: `${image} is an example; put in the image that you have pushed`,
          },
        ]
      : [],
  );

/** Example names, which belong to nobody: RFC 2606. */
const nobodysDomain = /(^|\.)example\.(com|net|org)$/;
const nobodysCloudProject = "example-project";

function ofCluster(config: ConfigOf<"kubernetes">): Problem[] {
  const problems = [...ofRanges(config.adminCidrs ?? []), ...ofImages(config.image)];
  const report = (name: string, message: string) => problems.push({ path: `testfarm:${name}`, message });
  if (nobodysDomain.test(config.domain))
    report("domain", `${config.domain} is an example; put in a name of your own`);
  if (config.project === nobodysCloudProject)
    report("project", `${config.project} is an example; put in the id of your own project at Google Cloud`);
  return problems;
}

function ofCompanies(config: ManagedConfig): Problem[] {
  const problems = ofImages(config.image);
  const report = (name: string, message: string) => problems.push({ path: `testfarm:${name}`, message });
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
