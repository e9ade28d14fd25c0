import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, test } from "vitest";
import { atEnd } from "../../../support/at-end.ts";
import { config, contentOf } from "./files.ts";

const run = promisify(execFile);
const [[, , command] = []] = config.runcmd;

/**
 * What the script calls would change this machine: in its place stands a program that notes how it was called, and fails
 * where the call begins as `$BROKEN` says. The script itself, its order and its end are real.
 */
const noting = `#!/bin/sh
call="\${0##*/} $*"
echo "$call" >> "\${0%/*}/calls"
case $call in "$BROKEN"*) exit 1 ;; esac
`;
const programs = ["sysctl", "systemctl", "apt-get", "apparmor_parser", "testfarm-disk", "install"];

let directory: string;
beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), "testfarm-prepare-"));
  atEnd(() => rm(made, { recursive: true }));
  directory = made;
  const script = contentOf("/usr/local/sbin/prepare-testfarm").replaceAll("/usr/local/sbin", directory);
  await writeFile(join(directory, "prepare-testfarm"), script, { mode: 0o755 });
  for (const program of programs) await writeFile(join(directory, program), noting, { mode: 0o755 });
});

/** Runs what cloud-init would, with this directory in place of the server's. */
async function prepare(broken = "nothing"): Promise<{ readonly code: number; readonly calls: string[] }> {
  const local = command!.replaceAll("/usr/local/sbin", directory).replaceAll("/var/log", directory);
  const env = { PATH: `${directory}:${process.env["PATH"]}`, BROKEN: broken };
  const code = await run("sh", ["-c", local], { env }).then(
    () => 0,
    (error: { code: number }) => error.code,
  );
  const calls = (await readFile(join(directory, "calls"), "utf8")).trimEnd().split("\n");
  await rm(join(directory, "calls"));
  return { code, calls };
}

test("firewall, then data disk, then engine; the second time it is the same", async () => {
  const expected = {
    code: 0,
    calls: [
      "sysctl --quiet --system",
      "systemctl daemon-reload",
      "apt-get update",
      "apt-get install --yes --no-install-recommends --no-upgrade nftables apparmor unattended-upgrades",
      "systemctl enable --now testfarm-firewall.service",
      "apparmor_parser --replace /etc/apparmor.d/testfarm-chromium",
      "testfarm-disk ",
      "systemctl enable --now srv-testfarm.mount",
      "install -d -m 0700 -o 999 -g 999 /srv/testfarm/postgres",
      "install -d -m 0700 -o 999 -g 999 /srv/testfarm/redis",
      "install -d -m 0700 -o 10001 -g 10001 /srv/testfarm/storage",
      "install -d -m 0700 -o 10001 -g 10001 /srv/testfarm/backup",
      "install -d -m 0700 -o 0 -g 0 /srv/testfarm/caddy",
      "apt-get install --yes --no-install-recommends --no-upgrade docker.io",
      "systemctl enable --now docker.service",
    ],
  };
  expect(await prepare()).toEqual(expected);
  expect(await prepare()).toEqual(expected);
});

test.each([
  ["firewall", "systemctl enable --now testfarm-firewall.service"],
  ["data disk", "testfarm-disk"],
  ["mount", "systemctl enable --now srv-testfarm.mount"],
])("without the %s there is no engine, and cloud-init is told", async (_, broken) => {
  const { code, calls } = await prepare(broken);
  expect(code).not.toBe(0);
  expect(calls.at(-1)).toMatch(new RegExp(`^${broken}`));
  expect(calls.filter((call) => call.includes("docker"))).toEqual([]);
});
