import type { Behaviour, Reply } from "../server.ts";
import { missing } from "./databases.ts";
import { jobBehaviour } from "./jobs.ts";
import { at, environmentOf, type RenderService, type Services } from "./state.ts";

const running = ["created", "update_in_progress"];
const shown = (id: string, service: RenderService) => {
  const { autoscaling, healthCheckPath, preDeployCommand, envSpecificDetails, ...rest } =
    service.serviceDetails;
  const { registryCredentialId } = service.image;
  const isWeb = service.type === "web_service";
  const isReached = isWeb || service.type === "private_service";
  return {
    id,
    type: service.type,
    name: service.name,
    ownerId: service.ownerId,
    slug: `${service.name}-x1`,
    imagePath: service.image.imagePath,
    ...(registryCredentialId && { registryCredential: { id: registryCredentialId, name: "registry" } }),
    dashboardUrl: `https://dashboard.render.com/${service.type === "cron_job" ? "cron" : "web"}/${id}`,
    autoDeploy: "yes",
    notifyOnFail: "default",
    rootDir: "",
    suspended: service.suspended ? "suspended" : "not_suspended",
    suspenders: [],
    createdAt: at(0),
    updatedAt: at(0),
    serviceDetails: {
      ...rest,
      ...(autoscaling && { autoscaling }),
      ...(isWeb && { healthCheckPath: healthCheckPath ?? "" }),
      ...(isReached && {
        url: isWeb ? `https://${service.name}.onrender.com` : `${service.name}-x1:10000`,
        openPorts: [{ port: 10_000, protocol: "TCP" }],
      }),
      env: "image",
      runtime: "image",
      buildPlan: "starter",
      envSpecificDetails: {
        dockerCommand: envSpecificDetails?.dockerCommand ?? "",
        dockerContext: "",
        dockerfilePath: "",
        ...(preDeployCommand && { preDeployCommand }),
      },
    },
  };
};

const shownDeploy = ({ id, status, image }: RenderService["deploys"][number], index: number) => ({
  id,
  status,
  image: { ref: image },
  createdAt: at(index),
  trigger: "api",
});

const variablesOf = ({ envVars }: RenderService) => envVars.map((envVar) => ({ envVar, cursor: envVar.key }));
const shownDomain = (name: string, isVerified: boolean) => ({
  id: `cdm-${name}`,
  name,
  domainType: "subdomain",
  publicSuffix: "test",
  redirectForName: "",
  verificationStatus: isVerified ? "verified" : "unverified",
  createdAt: at(0),
});

function deploy(service: RenderService) {
  const made = {
    id: `dep-${service.deploys.length + 1}`,
    status: running[0]!,
    image: service.image.imagePath,
    variables: environmentOf(service),
  };
  service.deploys.push(made);
  return made;
}

export function serviceBehaviour(): { readonly behaviour: Behaviour; readonly state: Services } {
  const services: Services["services"] = new Map();
  const endings: string[] = [];
  const runEndings: string[] = [];

  /** Goes on at each look; what was live gives way. */
  function goOn({ deploys }: RenderService): void {
    const newest = deploys.at(-1);
    const index = running.indexOf(newest?.status ?? "");
    if (newest === undefined || index < 0) return;
    newest.status = running[index + 1] ?? endings.shift() ?? "live";
    if (newest.status !== "live") return;
    for (const each of deploys) if (each !== newest && each.status === "live") each.status = "deactivated";
  }
  const known = (id: string | undefined, reply: (service: RenderService) => Reply): Reply => {
    const found = services.get(id!);
    return found === undefined ? missing(id!) : reply(found);
  };
  const domainOf = (
    { id, name }: Readonly<Record<string, string>>,
    reply: (service: RenderService, name: string) => Reply,
  ): Reply => known(id, (service) => (service.domains.has(name!) ? reply(service, name!) : missing(name!)));

  const behaviour: Behaviour = {
    "GET /v1/services": ({ query }) => ({
      body: [...services]
        .filter(([, { name, ownerId }]) => name === query["name"] && ownerId === query["ownerId"])
        .map(([id, service]) => ({ service: shown(id, service), cursor: id })),
    }),
    "POST /v1/services"({ body }) {
      const given = body as Pick<
        RenderService,
        "type" | "name" | "ownerId" | "image" | "envVars" | "serviceDetails"
      >;
      if (given.type !== "web_service" && given.serviceDetails.healthCheckPath !== undefined)
        return { status: 400, body: { message: "healthCheckPath is for web services" } };
      if ([...services.values()].some(({ name }) => name === given.name))
        return { status: 409, body: { message: `name ${given.name} is taken` } };
      const id = `${given.type === "cron_job" ? "crn" : "srv"}-${services.size + 1}`;
      const made = {
        ...given,
        suspended: false,
        patches: [],
        deploys: [],
        runs: [],
        domains: new Map<string, boolean>(),
      };
      services.set(id, made);
      return { status: 201, body: { service: shown(id, made), deployId: deploy(made).id } };
    },
    "GET /v1/services/{id}": ({ params: { id } }) => known(id, (found) => ({ body: shown(id!, found) })),
    "PATCH /v1/services/{id}": ({ params: { id }, body }) =>
      known(id, (found) => {
        const { image, serviceDetails } = body as Partial<RenderService>;
        found.patches.push(body);
        if (image !== undefined) found.image = image;
        found.serviceDetails = { ...found.serviceDetails, ...serviceDetails };
        return { body: shown(id!, found) };
      }),
    "DELETE /v1/services/{id}": ({ params: { id } }) =>
      services.delete(id!) ? { status: 204 } : missing(id!),
    "GET /v1/services/{id}/deploys": ({ params: { id } }) =>
      known(id, (found) => {
        const body = found.deploys.map((each, index) => ({
          deploy: shownDeploy(each, index),
          cursor: each.id,
        }));
        goOn(found);
        return { body };
      }),
    "POST /v1/services/{id}/deploys": ({ params: { id } }) =>
      known(id, (found) => {
        const made = deploy(found);
        return { status: 201, body: shownDeploy(made, found.deploys.length - 1) };
      }),
    "GET /v1/services/{id}/env-vars": ({ params: { id } }) =>
      known(id, (found) => ({ body: variablesOf(found) })),
    "PUT /v1/services/{id}/env-vars": ({ params: { id }, body }) =>
      known(id, (found) => {
        found.envVars = body;
        return { body: variablesOf(found) };
      }),
    "POST /v1/services/{id}/scale": ({ params: { id }, body }) =>
      known(id, (found) => {
        found.serviceDetails = { ...found.serviceDetails, ...(body as object) };
        return { status: 202 };
      }),
    "PUT /v1/services/{id}/autoscaling": ({ params: { id }, body }) =>
      known(id, (found) => {
        found.serviceDetails = { ...found.serviceDetails, autoscaling: body };
        return { body };
      }),
    "DELETE /v1/services/{id}/autoscaling": ({ params: { id } }) =>
      known(id, (found) => {
        const { autoscaling: _, ...rest } = found.serviceDetails;
        found.serviceDetails = rest;
        return { status: 204 };
      }),
    "GET /v1/services/{id}/custom-domains": ({ params: { id }, query }) =>
      known(id, ({ domains }) => ({
        body: [...domains]
          .filter(([name]) => name === query["name"])
          .map(([name, isVerified]) => ({ customDomain: shownDomain(name, isVerified), cursor: name })),
      })),
    "POST /v1/services/{id}/custom-domains": ({ params: { id }, body }) =>
      known(id, ({ domains }) => {
        const { name } = body as { readonly name: string };
        if (domains.has(name)) return { status: 409, body: { message: `${name} is taken` } };
        domains.set(name, false);
        return { status: 201, body: [shownDomain(name, false)] };
      }),
    "GET /v1/services/{id}/custom-domains/{name}": ({ params }) =>
      domainOf(params, ({ domains }, name) => ({ body: shownDomain(name, domains.get(name)!) })),
    "DELETE /v1/services/{id}/custom-domains/{name}": ({ params }) =>
      domainOf(params, ({ domains }, name) => {
        domains.delete(name);
        return { status: 204 };
      }),
    "POST /v1/services/{id}/custom-domains/{name}/verify": ({ params }) =>
      domainOf(params, ({ domains }, name) => {
        domains.set(name, true);
        return { status: 202 };
      }),
  };
  return {
    behaviour: { ...behaviour, ...jobBehaviour(known, runEndings) },
    state: { services, endings, runEndings },
  };
}
