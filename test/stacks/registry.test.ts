import { expect, test } from "vitest";
import { ConfigError } from "../../infra/config/parse.ts";
import { type Recording, record, Secret } from "../../infra/plan/record.ts";
import program from "../../stacks/index.ts";

const password = "canary-registry-password";
const own = { app: "registry.test:5000/app:1", web: "registry.test:5000/web:1" };
const image = (changes: Partial<typeof own> = {}): Record<string, string> => ({
  "testfarm:image": JSON.stringify({ ...own, ...changes }),
});
const account = { "testfarm:registryUsername": "puller", "testfarm:registryPassword": password };

const start = (config: Readonly<Record<string, string>>): Promise<Recording> =>
  record(program, {
    project: "testfarm",
    stack: "own",
    config: { "testfarm:tier": "local", ...config },
    secretKeys: ["testfarm:registryPassword"],
  });

const authOf = ({ resources }: Recording) =>
  resources.find(({ type }) => type === "pulumi:providers:docker")!.inputs["registryAuth"];

test("a registry's account goes to the Docker provider, which asks that registry alone by it", async () => {
  const auth = authOf(await start({ ...image(), ...account }));
  expect(auth).toBeInstanceOf(Secret);
  const [told] = JSON.parse((auth as Secret).reveal() as string) as unknown[];
  expect(told).toEqual({ address: "registry.test:5000", username: "puller", password });
});

test("its password stands nowhere in clear", async () => {
  const recording = await start({ ...image(), ...account });
  expect(JSON.stringify(recording)).toContain("registry.test:5000/app:1");
  expect(JSON.stringify(recording)).not.toContain(password);
});

test("without an account the provider is told none, and takes what Docker has", async () => {
  expect(authOf(await start(image()))).toBeUndefined();
});

test.each([
  ["org/app:1", "org/web:1", "registry-1.docker.io"],
  ["org/team/app:1", "org/team/web:1", "org"],
  ["localhost/app:1", "localhost/web:1", "localhost"],
])("the account for %s is found by the provider's own name of its registry", async (app, web, address) => {
  const auth = authOf(await start({ ...image({ app, web }), ...account })) as Secret;
  expect(JSON.parse(auth.reveal() as string)).toEqual([{ address, username: "puller", password }]);
});

test.each([
  [
    "an account without images",
    account,
    "testfarm:image: missing; testfarm:registryUsername is of use only with it",
  ],
  [
    "images at two registries",
    { ...image({ web: "other.test/web:1" }), ...account },
    "testfarm:image.web: is at other.test and testfarm:image.app at registry.test:5000; testfarm:registryUsername is for one registry",
  ],
  [
    "an account without its password",
    { ...image(), "testfarm:registryUsername": "puller" },
    "testfarm:registryPassword: missing; testfarm:registryUsername is of use only with it: pulumi config set --secret testfarm:registryPassword",
  ],
  [
    "a password without its account",
    { ...image(), "testfarm:registryPassword": password },
    "testfarm:registryUsername: missing; testfarm:registryPassword is of use only with it: pulumi config set testfarm:registryUsername",
  ],
  [
    "an account without a name",
    { ...image(), ...account, "testfarm:registryUsername": "" },
    'testfarm:registryUsername: "" must be the name of an account',
  ],
])("%s is an error with the fix", async (_, config, message) => {
  const error: unknown = await start(config).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).message).toContain(message);
  expect((error as ConfigError).message).not.toContain(password);
});
