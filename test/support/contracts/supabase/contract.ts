import { type Contract, flag, integer, listOf, object, oneOf, type Schema, text } from "../contract.ts";

const words = (line: string): readonly string[] => line.split(" ");
const ref: Schema = { type: "string", pattern: "^[a-z]{20}$" };
const slug: Schema = { type: "string", pattern: "^[\\w-]+$" };
const name: Schema = { type: "string", minLength: 1, maxLength: 256 };
const regions = oneOf(
  ...words(
    "us-east-1 us-east-2 us-west-1 us-west-2 ap-east-1 ap-southeast-1 ap-northeast-1 ap-northeast-2 ap-southeast-2 eu-west-1 eu-west-2 eu-west-3 eu-north-1 eu-central-1 eu-central-2 ca-central-1 ap-south-1 sa-east-1",
  ),
);
const sizes = words(
  "micro small medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 24xlarge_optimized_memory 24xlarge_optimized_cpu 24xlarge_high_memory 48xlarge 48xlarge_optimized_memory 48xlarge_optimized_cpu 48xlarge_high_memory",
);
const variants = oneOf(
  ...sizes.map((size) => `ci_${size}`),
  ...words("cd_default pitr_7 pitr_14 pitr_28 ipv4_default"),
);
const addonTypes = oneOf(
  ...words("custom_domain compute_instance pitr ipv4 auth_mfa_phone auth_mfa_web_authn log_drain"),
);
const statuses = oneOf(
  ...words(
    "INACTIVE ACTIVE_HEALTHY ACTIVE_UNHEALTHY COMING_UP UNKNOWN GOING_DOWN INIT_FAILED REMOVED RESTORING UPGRADING PAUSING RESTORE_FAILED RESTARTING PAUSE_FAILED RESIZING",
  ),
);

const projectFields = {
  id: text,
  ref,
  organization_id: text,
  organization_slug: slug,
  name: text,
  region: text,
  created_at: text,
  status: statuses,
};
const bare = object(projectFields, Object.keys(projectFields));
const databaseFields = { host: text, version: text, postgres_engine: text, release_channel: text };
const database = object(databaseFields, Object.keys(databaseFields));
const project = object({ ...projectFields, database }, [...Object.keys(projectFields), "database"]);
const projectRef = object({ id: integer, ref: text, name: text }, ["id", "ref", "name"]);
const poolerFields = {
  identifier: text,
  database_type: oneOf("PRIMARY", "READ_REPLICA"),
  is_using_scram_auth: flag,
  db_user: text,
  db_host: text,
  db_port: integer,
  db_name: text,
  connection_string: text,
  connectionString: text,
  default_pool_size: { type: ["integer", "null"] },
  max_client_conn: { type: ["integer", "null"] },
  pool_mode: oneOf("transaction", "session"),
};
const tlsFields = { currentConfig: object({ database: flag }, ["database"]), appliedSuccessfully: flag };
const tls = object(tlsFields, Object.keys(tlsFields));
const priceFields = {
  description: text,
  type: oneOf("fixed", "usage"),
  interval: oneOf("monthly", "hourly"),
  amount: { type: "number" },
};
const price = object(priceFields, Object.keys(priceFields));
const variant = object({ id: variants, name: text, price, meta: {} }, ["id", "name", "price"]);

export const contract: Contract = {
  source: "https://github.com/supabase/cli/blob/1d1e719/packages/api/src/generated/openapi.json",
  readAt: "2026-11-26",
  operations: [
    { method: "GET", path: "/v1/projects", answer: listOf(project) },
    {
      method: "POST",
      path: "/v1/projects",
      body: object(
        {
          db_pass: text,
          name: { ...name, minLength: 0 },
          organization_slug: slug,
          region_selection: {
            oneOf: [
              object({ type: oneOf("specific"), code: regions }, ["type", "code"]),
              object({ type: oneOf("smartGroup"), code: oneOf("americas", "emea", "apac") }, [
                "type",
                "code",
              ]),
            ],
          },
          desired_instance_size: oneOf("nano", ...sizes),
          template_url: { type: "string", format: "uri" },
        },
        ["db_pass", "name", "organization_slug"],
      ),
      answer: bare,
    },
    { method: "GET", path: "/v1/projects/{ref}", answer: project },
    { method: "PATCH", path: "/v1/projects/{ref}", body: object({ name }, ["name"]), answer: projectRef },
    { method: "DELETE", path: "/v1/projects/{ref}", answer: projectRef },
    {
      method: "PATCH",
      path: "/v1/projects/{ref}/database/password",
      body: object({ password: { type: "string", minLength: 4 } }, ["password"]),
      answer: object({ message: text }, ["message"]),
    },
    {
      method: "GET",
      path: "/v1/projects/{ref}/config/database/pooler",
      answer: listOf(object(poolerFields, Object.keys(poolerFields))),
    },
    { method: "GET", path: "/v1/projects/{ref}/ssl-enforcement", answer: tls },
    {
      method: "PUT",
      path: "/v1/projects/{ref}/ssl-enforcement",
      body: object({ requestedConfig: object({ database: flag }, ["database"]) }, ["requestedConfig"]),
      answer: tls,
    },
    {
      method: "GET",
      path: "/v1/projects/{ref}/billing/addons",
      answer: object(
        {
          selected_addons: listOf(object({ type: addonTypes, variant }, ["type", "variant"])),
          available_addons: listOf(
            object({ type: addonTypes, name: text, variants: listOf(variant) }, ["type", "name", "variants"]),
          ),
        },
        ["selected_addons", "available_addons"],
      ),
    },
    {
      method: "PATCH",
      path: "/v1/projects/{ref}/billing/addons",
      body: object({ addon_variant: variants, addon_type: addonTypes }, ["addon_variant", "addon_type"]),
    },
  ],
};
