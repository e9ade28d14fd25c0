import * as pulumi from "@pulumi/pulumi";
import { StackAccounts } from "../components/accounts.ts";
import { ApplicationSecrets } from "../components/application-secrets.ts";
import { browserbase } from "../components/browserbase.ts";
import { bucket } from "../components/bucket/index.ts";
import { cache } from "../components/cache/index.ts";
import { database } from "../components/database/index.ts";
import { service } from "../components/service/index.ts";
import { web } from "../components/web/index.ts";
import { workersFor } from "../infra/capacity/managed.ts";
import type { ConfigOf } from "../infra/config/schema.ts";
import type { CompaniesAccess } from "../infra/contracts/access.ts";
import type { City } from "../infra/hosts/catalogue.ts";
import { commonEnvironment, credentialsOf, noBackups } from "./environment.ts";
import { type Environment, roleVariables } from "./role-variables.ts";
import { recordsOf } from "./site.ts";

/** Which company does what. */
export interface Choice {
  readonly service: keyof typeof service;
  readonly web: keyof typeof web;
  readonly database: keyof typeof database;
  readonly cache: keyof typeof cache;
  readonly bucket: keyof typeof bucket;
  /** Where the application runs; the first one has the data too. */
  readonly cities: readonly [City, ...City[]];
}

export type ManagedOutputs = Environment & {
  readonly ACCESS: string;
  /** Page of the services with their logs. */
  readonly LOGS: pulumi.Output<string>;
  readonly DNS_RECORDS?: pulumi.Output<string>;
};

/** The application on other companies' platforms. */
export async function managed(
  config: ConfigOf<"paas"> | ConfigOf<"fly">,
  { cities, ...choice }: Choice,
): Promise<ManagedOutputs> {
  const { domain, image, ephemeral } = config;
  const label = `${pulumi.getProject()}-${pulumi.getStack()}`;
  const place = { accounts: new StackAccounts(config), label, near: cities[0], ephemeral };
  const secrets = new ApplicationSecrets("secrets", config);
  const workers = workersFor(config, cities.length);
  const pull = credentialsOf(config, image);

  // The page's address is told to the API, the API's to the page.
  const site = await web[choice.web]("web", { ...place, ...pull, cities, domain, image: image.web });
  const [store, queue, pictures] = await Promise.all([
    database[choice.database]("database", {
      ...place,
      passwords: { owner: secrets.databaseOwner, service: secrets.databaseService },
    }),
    cache[choice.cache]("cache", place),
    bucket[choice.bucket]("bucket", { ...place, origin: site.url }),
  ]);
  const environment: Environment = {
    ...commonEnvironment(config, site.url, secrets, workers.concurrency),
    ...store.variables,
    ...queue.variables,
    ...pictures.variables,
    ...noBackups,
    ...(config.browserbaseProjectId !== undefined && {
      BROWSERBASE_PROJECT_ID: browserbase(place.accounts, {
        project: config.browserbaseProjectId,
        sessions: config.sessions,
      }).project,
    }),
    STORAGE_DIR: "",
    BROWSER_URL: "",
    BROWSER_TOKEN: "",
    EGRESS_URL: "",
    EGRESS_ALLOW: "",
  };
  const { api, worker, migrate } = roleVariables(environment);
  const services = await service[choice.service]("service", {
    ...place,
    ...pull,
    cities,
    image: image.app,
    workers,
    isPublic: choice.web !== choice.service,
    variables: { api, worker, migrate },
  });
  site.publish(services.api);
  const access: CompaniesAccess = { kind: "companies" };
  const outputs = { ...environment, ACCESS: JSON.stringify(access), LOGS: services.logs };
  if (domain === undefined) return outputs;
  const { byHand } = await recordsOf({ ...config, domain }, site.records);
  return { ...outputs, ...(byHand && { DNS_RECORDS: byHand }) };
}
