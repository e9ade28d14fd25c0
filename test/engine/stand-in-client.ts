import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";
import { listen } from "../../components/provider/server.ts";
import { ProviderClient } from "../components/provider/client.ts";
import { standIn } from "./stand-in/provider.ts";
import { readSdk } from "./stand-in/sdk-types.ts";
import { openWorld } from "./stand-in/world.ts";

export const directory = mkdtempSync(join(tmpdir(), "testfarm-stand-in-"));
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A stand-in that serves one type of resource; `world` names a world of its own. */
export async function start(type: string, world: string = type): Promise<ProviderClient> {
  const sdk = readSdk(type.split(":")[0] ?? "");
  const { port, close } = await listen(standIn(sdk, openWorld(join(directory, world))));
  const client = new ProviderClient(port, type);
  ends.push(() => client.grpc.close(), close);
  await client.configure({});
  return client;
}

export const droplet = { image: "debian-12-x64", size: "s-2vcpu-4gb" };
