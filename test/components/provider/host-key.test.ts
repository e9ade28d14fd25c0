import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call } from "../../../components/provider/contract.ts";
import { hostKey } from "../../../components/provider/ssh/host-key.ts";

const directory = mkdtempSync(join(tmpdir(), "testfarm-keyscan-"));
const path = process.env["PATH"];
const call: Call<unknown> = { session: {}, urn: "", name: "own", signal: new AbortController().signal };
const inputs = { address: "192.0.2.1", serverId: "4711", patience: 10 };
const publicKey = `ssh-ed25519 ${"A".repeat(68)}`;

/** In place of OpenSSH's: notes how it was called and does what the test wants. */
function answer(script: string): void {
  const program = join(directory, "ssh-keyscan");
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${directory}/calls\n${script}\n`);
  chmodSync(program, 0o755);
  writeFileSync(join(directory, "calls"), "");
}
const calls = () => readFileSync(join(directory, "calls"), "utf8").split("\n").filter(Boolean);

beforeAll(() => {
  process.env["PATH"] = [directory, path].join(delimiter);
});
afterAll(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true });
});

test("a server that answers tells its key", async () => {
  answer(`echo "# 192.0.2.1:22 SSH-2.0-OpenSSH_9.6"; echo "192.0.2.1 ${publicKey}"`);
  expect(await hostKey.create(inputs, call)).toEqual({ id: "4711", outputs: { publicKey } });
  expect(calls()).toEqual(["-T 10 -t ed25519 192.0.2.1"]);
});

test("one that starts is asked again", async () => {
  answer(`[ $(wc -l < ${directory}/calls) -lt 2 ] && exit 1; echo "192.0.2.1 ${publicKey}"`);
  expect(await hostKey.create(inputs, call)).toMatchObject({ outputs: { publicKey } });
  expect(calls().length).toBe(2);
});

test("one that does not answer fails, with what to look at", async () => {
  answer("exit 1");
  await expect(hostKey.create({ ...inputs, patience: 0 }, call)).rejects.toThrow(
    "No SSH server with an Ed25519 key answers at 192.0.2.1 within 0 s. Does the firewall let this machine in",
  );
});

test("the key stays as long as the server does, and is read anew from another one", async () => {
  answer(`echo "192.0.2.1 ${publicKey}"`);
  const old = { ...inputs, publicKey: "ssh-ed25519 OLD" };
  expect(await hostKey.update!("4711", { ...inputs, patience: 20 }, old, call)).toEqual({
    publicKey: old.publicKey,
  });
  expect(calls()).toEqual([]);
  expect(await hostKey.update!("4711", { ...inputs, serverId: "4712" }, old, call)).toEqual({ publicKey });
});
