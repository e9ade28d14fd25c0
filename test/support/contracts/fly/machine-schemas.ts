import { flag, integer, listOf, object, oneOf, type Operation, type Schema, text } from "../contract.ts";

const texts: Schema = { type: "object", additionalProperties: text };
const signal = oneOf("SIGHUP", "SIGINT", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTERM");
const duration: Schema = { type: "string", pattern: "^(\\d+h)?(\\d+m)?(\\d+s)?$", minLength: 2 };

const serviceCheck = {
  type: oneOf("http", "tcp"),
  port: integer,
  method: text,
  path: text,
  interval: duration,
  timeout: duration,
  grace_period: duration,
};
const check = object({ ...serviceCheck, kind: oneOf("informational", "readiness") });
const service = (autostop: Schema) =>
  object({
    protocol: oneOf("tcp", "udp"),
    internal_port: integer,
    autostop,
    autostart: flag,
    ports: listOf(object({ port: integer, handlers: listOf(text), force_https: flag })),
    concurrency: object({ type: oneOf("requests", "connections"), soft_limit: integer, hard_limit: integer }),
    checks: listOf(object(serviceCheck)),
  });
const config = (autostop: Schema) =>
  object(
    {
      image: text,
      guest: object({ cpu_kind: oneOf("shared", "performance"), cpus: integer, memory_mb: integer }),
      init: object({ cmd: listOf(text) }),
      env: texts,
      files: listOf(object({ guest_path: { type: "string", pattern: "^/" }, secret_name: text })),
      metadata: texts,
      services: listOf(service(autostop)),
      checks: { type: "object", additionalProperties: check },
      metrics: object({ port: integer, path: text, https: flag }),
      restart: object({ policy: oneOf("no", "always", "on-failure", "spot-price"), max_retries: integer }),
      stop_config: object({ signal, timeout: duration }),
    },
    ["image"],
  );
const launch = {
  config: config(oneOf("off", "stop", "suspend")),
  region: text,
  name: text,
  skip_launch: flag,
  skip_service_registration: flag,
};

/** Exits are of superfly/fly-go, machine_types.go; the document says `object`. */
const event = object({
  type: text,
  status: text,
  source: text,
  timestamp: integer,
  request: object({ exit_event: object({ exit_code: integer, requested_stop: flag, restarting: flag }) }),
});
/** States by https://fly.io/docs/machines/machine-states; the document says `string`. */
const states = oneOf(
  "created",
  "creating",
  "starting",
  "started",
  "stopping",
  "stopped",
  "suspended",
  "replacing",
  "failed",
  "launch_failed",
  "destroying",
  "destroyed",
);
const machine = object(
  {
    id: text,
    name: text,
    state: states,
    region: text,
    instance_id: text,
    private_ip: text,
    // "The API continues to use booleans for off and stop in responses."
    config: config({ anyOf: [flag, oneOf("suspend")] }),
    checks: listOf(object({ name: text, status: oneOf("passing", "warning", "critical"), output: text })),
    events: listOf(event),
    cordoned: flag,
    host_status: oneOf("ok", "unknown", "unreachable"),
  },
  ["id", "name", "state", "region", "instance_id", "config"],
);
const leaseData = object(
  { nonce: text, expires_at: integer, owner: text, description: text, version: text },
  ["nonce"],
);
/** In an envelope by the page of the API and by fly-go, without one by the document. */
const lease: Schema = { anyOf: [leaseData, object({ status: text, data: leaseData }, ["status", "data"])] };

const at = "/v1/apps/{app}/machines/{machine}";
export const operations: readonly Operation[] = [
  { method: "GET", path: "/v1/apps/{app}/machines", answer: listOf(machine) },
  { method: "POST", path: "/v1/apps/{app}/machines", body: object(launch, ["config"]), answer: machine },
  { method: "GET", path: at, answer: machine },
  {
    method: "POST",
    path: at,
    body: object({ ...launch, current_version: text }, ["config"]),
    answer: machine,
  },
  { method: "DELETE", path: at, query: object({ force: oneOf("true", "false") }) },
  {
    method: "GET",
    path: `${at}/wait`,
    query: object({
      state: oneOf("started", "stopped", "suspended", "destroyed", "failed", "settled"),
      version: text,
      timeout: { type: "string", pattern: "^([1-9]|[1-5]\\d|60)$" },
    }),
    answer: object({ ok: flag, state: text, version: text, event_id: text }),
  },
  // The id is of fly-go, flaps/flaps_machines.go; the document has it in the path only.
  { method: "POST", path: `${at}/stop`, body: object({ id: text, signal, timeout: text }) },
  { method: "POST", path: `${at}/start`, answer: object({ previous_state: text, migrated: flag }) },
  { method: "POST", path: `${at}/cordon` },
  { method: "POST", path: `${at}/uncordon` },
  {
    method: "POST",
    path: `${at}/lease`,
    // Of fly-go, flaps/flaps_machines.go; the document has it in the body only.
    query: object({ ttl: { type: "string", pattern: "^\\d+$" } }),
    body: object({ description: text, ttl: integer }),
    answer: lease,
  },
  { method: "DELETE", path: `${at}/lease` },
];
