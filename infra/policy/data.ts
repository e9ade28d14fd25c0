import type { RecordedResource } from "../plan/record.ts";
import type { Rule } from "./rule.ts";
import { containersOf, imageName, isMapping } from "./values.ts";

/** What cannot be made again: data, and addresses that others have noted. */
const kinds = new Set([
  "digitalocean:index/reservedIp:ReservedIp",
  "digitalocean:index/volume:Volume",
  "docker:index/volume:Volume",
  "hcloud:index/primaryIp:PrimaryIp",
  "hcloud:index/volume:Volume",
  "linode:index/networkingIp:NetworkingIp",
  "linode:index/volume:Volume",
  "vultr:index/blockStorage:BlockStorage",
  "vultr:index/reservedIp:ReservedIp",
]);
/** Lives in the state alone, so that nothing of it could be kept. */
const password = "random:index/randomPassword:RandomPassword";

/** Nearest: checkov CKV_AWS_293, trivy AWS-0177 (deletion protection of a database). */
export const kept: Rule = {
  says: "Data, addresses and passwords are protected, and kept by `destroy`, unless the stack is ephemeral.",
  severity: "error",
  check: ({ resources }, { ephemeral }) =>
    ephemeral
      ? []
      : resources.flatMap((resource) => {
          const missing = missingOptions(resource);
          if (missing.length === 0) return [];
          const fix = "or say that its data may go: pulumi config set testfarm:ephemeral true";
          return [
            { resource, message: `can get lost; give it ${missing.join(" and ")} in its options, ${fix}` },
          ];
        }),
};

/** A volume that only says in which directory of its machine the data is: what is to be kept is the disk below. */
const isPointer = ({ type, inputs: { driverOpts } }: RecordedResource): boolean =>
  type === "docker:index/volume:Volume" && isMapping(driverOpts) && driverOpts["o"] === "bind";

function missingOptions(resource: RecordedResource): string[] {
  const { type, protect, retainOnDelete, deleteBeforeReplace } = resource;
  const isKept = kinds.has(type) && !isPointer(resource);
  if (!isKept && type !== password) return [];
  return [
    ...(protect ? [] : ["`protect: true`"]),
    ...(isKept && !retainOnDelete ? ["`retainOnDelete: true`"] : []),
    ...(isKept && deleteBeforeReplace === true ? ["no `deleteBeforeReplace`"] : []),
  ];
}

/** Nearest: checkov CKV_AWS_3 (EBS), CKV_GCP_37; DigitalOcean encrypts each volume, Hetzner and Vultr offer nothing. */
export const encryption: Rule = {
  says: "A volume is encrypted where its provider leaves the choice.",
  severity: "warning",
  check: ({ resources }) =>
    resources
      .filter(
        ({ type, inputs }) =>
          type === "linode:index/volume:Volume" &&
          (inputs["encryption"] === undefined || inputs["encryption"] === "disabled"),
      )
      .map((resource) => ({
        resource,
        message: 'is not encrypted; give it `encryption: "enabled"` when it is made: later replaces it',
      })),
};

/** Nearest: checkov CKV_AWS_133, CKV_GCP_14, trivy AWS-0077 (backups of a managed database). */
export const backup: Rule = {
  says: "A database that the stack keeps itself is backed up outside its server.",
  severity: "warning",
  check: (recording, { ephemeral, backup: configured }) =>
    ephemeral || configured
      ? []
      : containersOf(recording)
          .filter(({ inputs: { image } }) => typeof image === "string" && imageName(image) === "postgres")
          .map((resource) => ({
            resource,
            message:
              "has NO BACKUP: its data are on one disk, and gone with it; set testfarm:backup to a bucket elsewhere, as docs/backup.md says",
          })),
};
