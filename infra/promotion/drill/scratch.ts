/** The stack that a drill makes and removes: its file says of what, so that whoever comes after a killed drill finds it. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import { freePort } from "../../../app/embedded/port.ts";
import { readStackFile } from "../../config/file.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { type Project, stackFile, stackNames } from "../../plan/project.ts";
import { PromotionError } from "../contract.ts";

export interface Scratch {
  /** `mvp-drill-1a2b3c` */
  readonly name: string;
  /** As the file that it is made from names it. Default: that of the backend. */
  readonly secretsProvider: string | undefined;
  /** Full keys of secrets that the file it is made from has, and that this stack needs too. */
  readonly secrets: readonly string[];
}

const named = /-drill-[\da-f]{6}$/;
/** No setting of the program: what the drill is of. */
const mark = "drill:source";
/** What belongs to one place, or is anybody's but a scratch stack's: it makes no backups that others would take for theirs. */
const own = [
  "domain",
  "dns",
  "hostKey",
  "httpsPort",
  "ephemeral",
  "backup",
  "backupAccessKeyId",
  "backupSecretAccessKey",
  "backupPassphrase",
  "storageReadThrough",
];

/**
 * Writes the file of a scratch stack: as the one of `to`, but for its name and what goes with that, and all of it may go.
 *
 * @param source what the drill is of.
 * @throws {PromotionError} where both would share a store.
 */
export async function writeScratch(project: Project, source: string, to: string): Promise<Scratch> {
  const path = stackFile(project, to);
  const raw = readStackFile(path, project.name);
  const config = parseConfig(raw);
  refuseShared(config, to);
  const name = `${to}-drill-${randomBytes(3).toString("hex")}`;
  const { config: settings = {}, secretsprovider } = parse(readFileSync(path, "utf8"), { merge: true }) as {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly secretsprovider?: string;
  };
  const kept = Object.entries(settings)
    .map(([key, value]) => [fullKey(project, key), value] as const)
    .filter(([key]) => !own.some((each) => key === fullKey(project, each)));
  const place = Object.entries(await placeOf(config, name));
  const content = {
    config: {
      [mark]: source,
      ...Object.fromEntries(kept.filter(([key]) => !raw.secretKeys.includes(key))),
      ...Object.fromEntries(place.map(([key, value]) => [fullKey(project, key), value])),
    },
  };
  await writeFile(stackFile(project, name), stringify(content), { flag: "wx" });
  const secrets = kept.map(([key]) => key).filter((key) => raw.secretKeys.includes(key));
  return { name, secretsProvider: secretsprovider, secrets };
}

/** A setting's key as `readStackFile` has it. */
const fullKey = ({ name }: Project, key: string): string =>
  key.includes(":") ? key.replace(/^([^:]+):config:/, "$1:") : `${name}:${key}`;

/** Names of what killed drills of a source have left, or one that goes on. */
export const leftovers = (project: Project, source: string): string[] =>
  stackNames(project).filter(
    (name) =>
      named.test(name) && readStackFile(stackFile(project, name), project.name).values[mark] === source,
  );

/** The stack's own file, where its engine has not removed it. */
export const removeFile = (project: Project, name: string): Promise<void> =>
  rm(stackFile(project, name), { force: true });

/** Where people would open it: by an address of its own. */
async function placeOf(config: Config, name: string): Promise<Readonly<Record<string, unknown>>> {
  const ephemeral = true;
  switch (config.tier) {
    case "local":
      return { ephemeral, httpsPort: await freePort() };
    case "kubernetes":
      // It has no address but by a name.
      return { ephemeral, domain: `${name}.${config.domain}`, dns: config.dns };
    default:
      return { ephemeral };
  }
}

/** A drill replaces all that is in the stores of its scratch stack. */
function refuseShared(config: Config, to: string): void {
  if (config.tier !== "kubernetes") return;
  const { cluster, database, cache, bucket, externalSecrets } = config;
  const shared = [
    // Its namespace has the same name.
    ...(cluster === "existing" ? ["cluster: existing"] : []),
    ...Object.entries({ database, cache, bucket })
      .filter(([, choice]) => choice === "external")
      .map(([setting, choice]) => `${setting}: ${choice}`),
    ...(externalSecrets === undefined ? [] : ["externalSecrets"]),
  ];
  if (shared.length > 0)
    throw new PromotionError(
      `Pulumi.${to}.yaml: ${shared.join(", ")} would be the scratch stack's too, and a drill replaces what is there. Name a stack that makes all of it itself: promote drill <from> <to>.`,
    );
}
