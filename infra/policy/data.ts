import type { RecordedResource } from "../plan/record.ts";
import type { Rule } from "./rule.ts";
import { containerType, imageName, isMapping, runningOf } from "./values.ts";

/** What cannot be made again: data, and addresses that others have noted. */
const kinds = new Set([
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "azure-native:dbforpostgresql:Server",
  "azure-native:redisenterprise:RedisEnterprise",
  "cloudflare:index/r2Bucket:R2Bucket",
  "digitalocean:index/reservedIp:ReservedIp",
  "digitalocean:index/volume:Volume",
  "docker:index/volume:Volume",
  "gcp:compute/address:Address",
  "gcp:compute/globalAddress:GlobalAddress",
  "gcp:memorystore/instance:Instance",
  "gcp:redis/instance:Instance",
  "gcp:sql/databaseInstance:DatabaseInstance",
  "gcp:storage/bucket:Bucket",
  "hcloud:index/primaryIp:PrimaryIp",
  "hcloud:index/volume:Volume",
  "kubernetes:postgresql.cnpg.io/v1:Cluster",
  "linode:index/networkingIp:NetworkingIp",
  "linode:index/volume:Volume",
  "testfarm:fly:Bucket",
  "testfarm:fly:Postgres",
  "testfarm:neon:Project",
  "testfarm:railway:Bucket",
  "testfarm:railway:Project",
  "testfarm:railway:Volume",
  "testfarm:render:KeyValue",
  "testfarm:render:Postgres",
  "testfarm:supabase:Project",
  "testfarm:upstash:Redis",
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
          const missing = missingIn(resource);
          if (missing.length === 0) return [];
          const fix = "or say that its data may go: pulumi config set testfarm:ephemeral true";
          return [{ resource, message: `can get lost; give it ${missing.join(", and ")}, ${fix}` }];
        }),
};

/** A volume that only says in which directory of its machine the data is: what is to be kept is the disk below. */
const isPointer = ({ type, inputs: { driverOpts } }: RecordedResource): boolean =>
  type === "docker:index/volume:Volume" && isMapping(driverOpts) && driverOpts["o"] === "bind";

function missingIn(resource: RecordedResource): string[] {
  const { type, inputs, protect, retainOnDelete, deleteBeforeReplace } = resource;
  const isKept = kinds.has(type) && !isPointer(resource);
  if (!isKept && type !== password) return [];
  const options = [
    ...(protect ? [] : ["`protect: true`"]),
    ...(isKept && !retainOnDelete ? ["`retainOnDelete: true`"] : []),
    ...(isKept && deleteBeforeReplace === true ? ["no `deleteBeforeReplace`"] : []),
  ];
  return [
    // Where a vendor's resource has it, it is on unless the program says otherwise.
    ...(inputs["deletionProtection"] === false ? ["`deletionProtection: true`"] : []),
    ...(options.length > 0 ? [`${options.join(" and ")} in its options`] : []),
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
      : runningOf(recording)
          .filter(({ inputs: { image } }) => typeof image === "string" && imageName(image) === "postgres")
          .map((resource) => ({
            resource,
            message: `has NO BACKUP: its data are on one disk, and gone with it; ${
              resource.type === containerType
                ? "set testfarm:backup to a bucket elsewhere, as docs/backup.md says"
                : "schedule backups of its volume on its page at the company, or choose another testfarm:database"
            }`,
          })),
};
