import { expect, test } from "vitest";
import { record, Secret } from "../../infra/plan/record.ts";
import program from "../../stacks/index.ts";
import { minimum, rawOf } from "../infra/config/stack.ts";

const carried = { authSecret: "canary-auth", backupPassphrase: "canary-passphrase" };
const ofBackups = { backupAccessKeyId: "canary-key-id", backupSecretAccessKey: "canary-key" };
const backup = JSON.stringify({ bucket: "backups", region: "eu-west-1" });

async function outputsOf(tier: keyof typeof minimum, secrets: Readonly<Record<string, string>>) {
  const isServer = tier === "local" || tier === "vps";
  const raw = rawOf(
    minimum[tier],
    { ...(isServer && { backup, ...ofBackups }), ...secrets },
    Object.keys({ ...ofBackups, ...secrets }),
  );
  const { outputs } = await record(program, {
    project: "testfarm",
    stack: "test",
    config: raw.values,
    secretKeys: raw.secretKeys,
  });
  const revealed = (name: string) => {
    const output = outputs[name];
    return output instanceof Secret ? output.reveal() : `in clear: ${String(output)}`;
  };
  return { auth: revealed("AUTH_SECRET"), passphrase: isServer ? revealed("BACKUP_PASSPHRASE") : undefined };
}

test.each(Object.keys(minimum) as (keyof typeof minimum)[])(
  "%s goes on with the secrets that an installation has brought along",
  async (tier) => {
    const isServer = tier === "local" || tier === "vps";
    expect(await outputsOf(tier, carried)).toEqual({
      auth: "canary-auth",
      passphrase: isServer ? "canary-passphrase" : undefined,
    });
  },
);
