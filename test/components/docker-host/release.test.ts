import { expect, test } from "vitest";
import { type Recording, Secret, type Value } from "../../../infra/plan/record.ts";
import {
  containers,
  contentOf,
  host,
  inputs,
  named,
  release,
  serviceOf,
  start,
  stores,
  variables,
} from "./recording.ts";

test("what there must be one of has a fixed name; a release has new names, and stands before the old one goes", () => {
  for (const container of containers) {
    const service = serviceOf(container);
    const isStore = stores.includes(service);
    expect(container.inputs["name"], service).toBe(isStore ? `testfarm-mvp-${service}` : undefined);
    expect(container.deleteBeforeReplace, service).toBe(isStore ? undefined : false);
  }
});

test("a release is found under its slot, and its parts find each other there", () => {
  const slot = { label: "testfarm.slot", value: "1" };
  for (const service of release) {
    expect(inputs(service)["labels"], service).toContainEqual(slot);
    for (const { aliases } of inputs(service)["networksAdvanced"] as { aliases: string[] }[])
      expect(aliases).toEqual([service, `${service}-1`]);
  }
  expect(inputs("worker")["envs"]).toContain("BROWSER_URL=http://browser-1:3001");
  expect(inputs("browser")["envs"]).toContain("EGRESS_URL=http://egress-1:3001");
  const upstreams = JSON.stringify((inputs("edge")["uploads"] as { content: Value }[]).map(contentOf));
  expect(upstreams).toContain("reverse_proxy api-0:3001 api-1:3001");
  expect(upstreams).toContain("reverse_proxy web-0:8080 web-1:8080");
});

const fingerprint = ({ resources }: Recording) =>
  resources.find(({ name }) => name === "slot")!.inputs["release"];

test("the fingerprint of a release changes with an image or a variable, and not with a store", async () => {
  const own = fingerprint(host);
  expect(fingerprint(await start())).toEqual(own);
  const image = { from: "registry", app: "registry.test/app:2", web: "registry.test/web:1" } as const;
  expect(fingerprint(await start({ images: image }))).not.toEqual(own);
  const changed = { ...variables, worker: { ANTHROPIC_API_KEY: "other" } };
  expect(fingerprint(await start({ variables: changed }))).not.toEqual(own);
  expect(fingerprint(await start({ site: "testfarm.example.com" }))).toEqual(own);
});

const step = (name: string) => host.resources.find((each) => each.name === name)!;

test("a release counts once all of it is healthy, and follows its migrations", () => {
  const rollout = step("rollout").inputs["containers"] as Record<string, string>;
  expect(Object.keys(rollout).toSorted()).toEqual(release);
  for (const service of ["api", "egress", "web"])
    expect(named(service).dependsOn, service).toContain(step("migrated").key);
  expect(step("migrated").dependsOn).toContain(named("migrate").key);
  expect(named("migrate").dependsOn).toContain(named("postgres").key);
  expect(step("slot").dependsOn).toContain(step("migrated").key);
});

test("who uses a service of the release is ended before it", () => {
  expect(named("worker").dependsOn).toContain(named("browser").key);
  expect(named("browser").dependsOn).toContain(named("egress").key);
});

test("backups are part of a release where there is a place for them: with the database, and a way out", async () => {
  const variablesOfBackup = { BACKUP_BUCKET: "backups" };
  const recording = await start({ variables: { ...variables, backup: variablesOfBackup } });
  const { inputs: container } = named("backup", recording);
  expect(container).toMatchObject({ command: ["backup"], envs: ["BACKUP_BUCKET=backups"], readOnly: true });
  expect(container["ports"]).toBeUndefined();
  const networks = (container["networksAdvanced"] as { name: string }[]).map(({ name }) => name);
  expect(networks).toEqual(["testfarm-mvp-data", "testfarm-mvp-out"]);
  const rollout = recording.resources.find(({ name }) => name === "rollout")!;
  expect(Object.keys(rollout.inputs["containers"] as object)).toContain("backup");
  expect(fingerprint(recording)).not.toEqual(fingerprint(host));
});

const backupWith = (pointInTime: string) => ({
  variables: { ...variables, backup: { BACKUP_BUCKET: "backups", BACKUP_POINT_IN_TIME: pointInTime } },
});

test("where every moment is to be restored, PostgreSQL gives its log to the account of backups, which have a volume", async () => {
  const [on, off] = [await start(backupWith("true")), await start(backupWith("false"))];
  const [{ command, uploads }, without] = [named("postgres", on).inputs, named("postgres", off).inputs];
  const own = ["-c", "archive_timeout=60", "-c", "hba_file=/etc/postgresql/pg_hba.conf"];
  expect(command).toEqual([...(without["command"] as Value[]), ...own]);
  expect((uploads as { file: string }[]).map(({ file }) => file)).toEqual([
    "/docker-entrypoint-initdb.d/10-closed.sql",
    "/etc/postgresql/pg_hba.conf",
  ]);
  expect(contentOf((uploads as { content: Value }[])[1]!)).toBe(
    "local all all trust\nhost all all all scram-sha-256\nhost replication backup all scram-sha-256\n",
  );
  expect(without).toEqual(inputs("postgres"));
  expect(named("backup", on).inputs["volumes"]).toEqual([
    { volumeName: "testfarm-mvp-backup", containerPath: "/srv/backup" },
  ]);
  expect(named("backup", off).inputs["volumes"]).toEqual([]);
});

test("a new database lets nobody in but its owner: the role migrate does, with the passwords that it is told", () => {
  const { uploads, envs } = inputs("postgres") as {
    uploads: { file: string; content: Value }[];
    envs: Value[];
  };
  expect(uploads.map(({ file, content }) => [file, contentOf({ content })])).toEqual([
    ["/docker-entrypoint-initdb.d/10-closed.sql", "REVOKE ALL ON DATABASE testfarm FROM PUBLIC;\n"],
  ]);
  const secrets = envs.filter((line) => line instanceof Secret).map((line) => line.reveal());
  expect(secrets).toEqual(["POSTGRES_PASSWORD=owner-canary"]);
});
