import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { atEnd } from "../support/at-end.ts";
import { buildAppImages } from "../support/docker/app-images.ts";
import { baseImage } from "../support/docker/base-images.ts";
import { asRoot, docker as dockerEngine, type Docker } from "../support/docker/engine.ts";
import { registryOfBuilds } from "../support/docker/npm-relay.ts";
import { serverImage } from "../support/docker/systemd.ts";
import { findOrInstall, mayInstall, orInstall } from "../support/debian.ts";
import { type Farm, settleIn } from "../support/farm.ts";
import { rootCan } from "../support/root.ts";
import { describeWith, type Service } from "../support/services.ts";
import { type Agent, startAgent } from "../support/ssh-agent.ts";
import { strangerOn } from "../support/stranger.ts";
import { siteRelay } from "../support/site-relay.ts";
import { thirdParty } from "../../infra/images/third-party.ts";
import { pulumiCli } from "./find-cli.ts";
import { openStack, type Stack } from "./stack.ts";
import { type Machines, openMachines } from "./stand-in/server/machines.ts";

const everything: Service<{ cli: string; docker: Docker; nmap: string }> = {
  name: "Pulumi CLI with a container that plays a server",
  needs: `${pulumiCli.needs} Containers are made of Debian's packages, with loop devices, as root: TEST_INSTALL=1. ${orInstall("nmap")}`,
  async find() {
    if (!mayInstall || !(await rootCan("losetup", "--find"))) return undefined;
    const [cli, docker] = [await pulumiCli.find(), await dockerEngine.find()];
    const nmap = await findOrInstall("nmap", "nmap");
    return cli === undefined || docker === undefined || nmap === undefined
      ? undefined
      : { cli, docker, nmap };
  },
};

const minute = 60_000;
const droplet = "digitalocean:index/droplet:Droplet";
const volume = "digitalocean:index/volume:Volume";

/** The demo shop as a site on the network of `egress`. */
const demoSite = `
import { createAdaptorServer } from "@hono/node-server";
import { shop } from "/srv/app/dist/app/demo-site/shop.js";
createAdaptorServer({ fetch: shop().fetch }).listen(3002, "0.0.0.0");
`;

// One life of the stack, told in order: each test goes on where the one before it ended.
await describeWith(everything, "stack mvp on a server", ({ cli, docker, nmap }) => {
  const network = `testfarm-${randomUUID().slice(0, 8)}`;
  let agent: Agent;
  let stack: Stack;
  let machines: Machines;
  let address: string;
  let farm: Farm;

  const idOf = (type: string): string => stack.world.things().find((thing) => thing.type === type)!.id;
  const server = (): string => machines.nameOf(idOf(droplet));
  const onServer = (...command: string[]): Promise<string> => docker("exec", server(), ...command);
  /** What `up` has built here and loaded onto it. */
  const builtImages = async (): Promise<string[]> => {
    const format = "{{.Repository}}:{{.Tag}}";
    const printed = await onServer(
      "docker",
      "images",
      "--format",
      format,
      "--filter",
      "reference=testfarm-*",
    );
    return printed.split("\n").filter(Boolean);
  };
  const refresh = () => stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  const changeKey = (script: string): Promise<string> =>
    onServer("sh", "-ec", `cd /etc/ssh; ${script}; systemctl restart ssh`);
  const networkOf = async (what: string): Promise<string> =>
    (await docker("network", "inspect", "--format", `{{(index .IPAM.Config 0).${what}}}`, network)).trim();

  beforeAll(async () => {
    await buildAppImages(docker);
    for (const name of Object.values(thirdParty)) await baseImage(docker, name);
    await serverImage(docker);
    await docker("network", "create", network);
    atEnd(() => docker("network", "rm", network));
    agent = await startAgent();
    const environment = { ...agent.environment, NPM_CONFIG_REGISTRY: registryOfBuilds };
    stack = openStack(cli, { hasDocker: true, serverNetwork: network, environment });
    atEnd(() => stack.end());
    machines = openMachines(docker, network, `${stack.directory}/world`);
    atEnd(() => machines.close());
    stack.configure({
      adminCidrs: [`${await networkOf("Gateway")}/32`],
      sshPublicKey: agent.publicKey,
      egressAllow: ["demo:3002"],
    });
    await stack.open();
  }, 30 * minute);

  test(
    "up prepares it by cloud-init and makes a TestFarm on it, over SSH",
    { timeout: 10 * minute },
    async () => {
      await stack.change("up");
      const built = await builtImages();
      atEnd(() => docker("rmi", ...built));
      const outputs = JSON.parse(
        await stack.succeed("stack", "output", "--json", "--show-secrets"),
      ) as Record<string, string>;
      address = outputs["SERVER_IP"]!;
      const origin = `https://${address}`;
      expect(outputs["FRONTEND_URL"]).toBe(origin);
      const root = "/data/caddy/pki/authorities/local/root.crt";
      const ca = await onServer("docker", "exec", "testfarm-mvp-edge", "cat", root);
      const url = await siteRelay(address, ca);
      expect(await (await fetch(url)).text()).toContain("<title>");
      farm = await settleIn(url, origin, outputs["OWNER_BOOTSTRAP_TOKEN"]!);
    },
  );

  test("a session runs to its end on it", { timeout: 5 * minute }, async () => {
    const image = (await builtImages()).find((each) => each.startsWith("testfarm-app:"));
    const place = ["--network", "testfarm-mvp-out", "--network-alias", "demo"];
    const program = ["--entrypoint", "node", image!, "--input-type=module", "--eval", demoSite];
    await onServer("docker", "run", "--detach", ...place, ...program);
    const { id } = await farm.startSession({
      url: "http://demo:3002/",
      objective: "Find a mug and order it",
    });
    expect(await farm.endOf(id)).toMatchObject({ status: "passed", attempt: 1 });
    expect(await farm.picture(id, 1)).toMatchObject({ status: 200, type: "image/webp" });
  });

  test(
    "the page's ports are all that a stranger finds, whatever is published",
    { timeout: 5 * minute },
    async () => {
      const published = [
        "--publish",
        "5432:8080",
        "--entrypoint",
        "sleep",
        "redis:7.4.6-bookworm",
        "infinity",
      ];
      await onServer("docker", "run", "--detach", ...published);
      const stranger = await strangerOn(docker, network, await serverImage(docker), nmap);
      expect(await stranger.openPorts(address)).toEqual([80, 443]);
      expect(await stranger.findsQuic(address, 443)).toBe(true);
    },
  );

  test("up again changes nothing", { timeout: 5 * minute }, async () => {
    expect(await stack.change("up", "--expect-no-changes")).toMatch(/\d+ unchanged/);
  });

  test("a server that shows another key is spoken to no more", { timeout: 5 * minute }, async () => {
    await changeKey("mv ssh_host_ed25519_key own; ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key");
    const refused = await refresh();
    await changeKey("mv own ssh_host_ed25519_key");
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toContain("No way to the engine: ");
    expect(refused.stdout).toContain("Host key verification failed.");
    expect(await refresh()).toMatchObject({ code: 0 });
  });

  test("destroy --exclude-protected ends it and leaves its data", { timeout: 5 * minute }, async () => {
    const [container, disk] = [server(), machines.fileOf(idOf(volume))];
    await stack.change("destroy", "--exclude-protected");
    expect(await docker("ps", "--all", "--format", "{{.Names}}")).not.toContain(container);
    const files = await asRoot("debugfs", "-R", "ls -p /postgres/17", disk);
    expect(files).toContain("/PG_VERSION/");
  });
});
