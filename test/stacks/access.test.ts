import { expect, test } from "vitest";
import { record } from "../../infra/plan/record.ts";
import program from "../../stacks/index.ts";

/** The output as `up` leaves it. */
async function accessOf(stack: string, config: Readonly<Record<string, string>>): Promise<unknown> {
  const { outputs } = await record(program, {
    project: "testfarm",
    stack,
    preview: false,
    config: Object.fromEntries(Object.entries(config).map(([name, value]) => [`testfarm:${name}`, value])),
    respond: ({ name, type }) => {
      if (type === "random:index/randomPassword:RandomPassword")
        return { state: { result: `canary-${name}` } };
      if (type === "testfarm:ssh:HostKey") return { state: { publicKey: "ssh-ed25519 AAAA" } };
      return name === "host-ip" ? { id: "4711", state: { ipAddress: "198.18.0.1" } } : { id: "4711" };
    },
  });
  return JSON.parse(outputs["ACCESS"] as string);
}

test("a local stack says at which engine it is, in clear", async () => {
  expect(await accessOf("local", { tier: "local" })).toEqual({
    kind: "docker",
    engine: "unix:///var/run/docker.sock",
    sshOptions: [],
    label: "testfarm-local",
    certificate: "internal",
  });
});

test("a server's stack says where it is and by which key it is known, in clear", async () => {
  const config = {
    tier: "vps",
    adminCidrs: JSON.stringify(["198.18.7.7/32"]),
    sshPublicKey: `ssh-ed25519 ${"A".repeat(68)} operator`,
    domain: "testfarm.example.com",
  };
  expect(await accessOf("mvp", config)).toEqual({
    kind: "docker",
    engine: "ssh://testfarm@198.18.0.1",
    sshOptions: expect.arrayContaining([
      "StrictHostKeyChecking=yes",
      "KnownHostsCommand=/bin/echo 198.18.0.1 ssh-ed25519 AAAA",
    ]),
    label: "testfarm-mvp",
    certificate: "acme",
  });
});
