import { Command } from "@pulumi/command/local/command.js";
import { DockerHost } from "../../../components/docker-host/docker-host.ts";
import type { DockerHostArgs } from "../../../infra/contracts/docker-host.ts";
import { record, type RecordedResource, type Recording, type Value } from "../../../infra/plan/record.ts";

export const variables: DockerHostArgs["variables"] = {
  api: { PORT: "3001" },
  worker: { ANTHROPIC_API_KEY: "" },
  browser: { BROWSER_TOKEN: "" },
  egress: { PORT: "3001" },
  migrate: { DATABASE_ADMIN_URL: "" },
};

export const start = (changes: Partial<DockerHostArgs> = {}): Promise<Recording> =>
  record(
    async () => {
      new DockerHost("docker-host", {
        label: "testfarm-mvp",
        engine: {
          target: "testfarm@192.0.2.1",
          sshOptions: ["-o", "StrictHostKeyChecking=yes"],
          ready: new Command("ready"),
        },
        dataDirectory: "/srv/testfarm",
        site: "192.0.2.1",
        certificate: "internal",
        httpPort: 80,
        httpsPort: 443,
        ephemeral: false,
        sessions: 5,
        images: { from: "registry", app: "registry.test/app:1", web: "registry.test/web:1" },
        passwords: {
          databaseOwner: "owner-canary",
          cache: "cache-canary",
        },
        variables,
        ...changes,
      });
    },
    {
      project: "testfarm",
      stack: "mvp",
      preview: false,
      respond: ({ type }) => (type === "testfarm:docker:Slot" ? { state: { slot: "1" } } : {}),
    },
  );

const local: DockerHostArgs = {
  label: "testfarm-local",
  engine: { socket: "/var/run/docker.sock" },
  site: "localhost",
  certificate: "internal",
  httpsPort: 443,
  ephemeral: false,
  sessions: 5,
  images: { from: "registry", app: "registry.test/app:1", web: "registry.test/web:1" },
  passwords: { databaseOwner: "owner", cache: "cache" },
  variables,
};

/** On a server. */
export const host = await start();
export const containers: readonly RecordedResource[] = host.resources.filter(
  ({ type }) => type === "docker:index/container:Container",
);

export const named = (name: string, { resources } = host): RecordedResource => {
  const names = [name, `testfarm-mvp-${name}`];
  const found = resources.find((each) => names.includes(each.name) && each.type.startsWith("docker:"));
  if (!found) throw new Error(`no resource is named ${name}`);
  return found;
};
export const inputs = (name: string): Readonly<Record<string, Value>> => named(name).inputs;
export const namesOf = (name: string): string[] =>
  (inputs(name)["envs"] as string[]).map((line) => line.slice(0, line.indexOf("=")));
export const networksOf = (name: string): unknown =>
  (inputs(name)["networksAdvanced"] as { name: string }[]).map((network) => network.name);

/** What a container is, by its label. */
export const serviceOf = ({ inputs: { labels } }: RecordedResource): string =>
  (labels as { label: string; value: string }[]).find(({ label }) => label === "testfarm.service")!.value;
export const stores = ["edge", "postgres", "redis"];
export const release = ["api", "browser", "egress", "web", "worker"];

/** Of a file that is put into a container. */
export const contentOf = ({ content }: { content: Value }): Value =>
  typeof content === "object" && content !== null && "reveal" in content
    ? (content as { reveal(): Value }).reveal()
    : content;

/** Volumes of the stack on this machine's engine. */
export async function volumesOf(ephemeral: boolean): Promise<readonly RecordedResource[]> {
  const { resources } = await record(
    async () => void new DockerHost("docker-host", { ...local, ephemeral }),
    { project: "testfarm", stack: "local", preview: false },
  );
  return resources.filter(({ type }) => type === "docker:index/volume:Volume");
}
