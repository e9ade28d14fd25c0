import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { firstContact } from "../../../../components/host/prepare/ready.ts";
import { record } from "../../../../infra/plan/record.ts";
import { atEnd } from "../../../support/at-end.ts";

const run = promisify(execFile);

/** Runs its last argument here instead of on the server, but cannot connect the first time. */
const ssh = `#!/bin/sh
if [ ! -e "\${0%/*}/tried" ]; then touch "\${0%/*}/tried"; exit 255; fi
for command; do :; done
exec sh -c "$command"
`;

/** Waits for a server on which the two programs end with these codes. */
async function waitFor(codes: { readonly "cloud-init": number; readonly docker: number }) {
  const { resources } = await record(
    async () => {
      firstContact("host", { address: "198.18.0.1", serverId: "4711", hostKey: "ssh-ed25519 AAAA" }, {});
      return {};
    },
    { project: "testfarm", stack: "mvp", preview: false },
  );
  const { create } = resources.find(({ name }) => name === "host-ready")!.inputs as {
    readonly create: string;
  };

  const directory = await mkdtemp(join(tmpdir(), "testfarm-ready-"));
  atEnd(() => rm(directory, { recursive: true }));
  const programs = { ssh, sleep: "#!/bin/sh\n" };
  for (const [name, content] of Object.entries(programs))
    await writeFile(join(directory, name), content, { mode: 0o755 });
  for (const [name, code] of Object.entries(codes))
    await writeFile(join(directory, name), `#!/bin/sh\necho ${name} "$@"\nexit ${code}\n`, { mode: 0o755 });
  await writeFile(join(directory, "testfarm-prepare.log"), "two disks are empty\n");

  const env = { PATH: `${directory}:${process.env["PATH"]}` };
  return run("sh", ["-c", create.replaceAll("/var/log", directory)], { env }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, said: error.stdout }),
  );
}

test.each([0, 2])("a server is ready when cloud-init ends with %i and the engine answers", async (code) => {
  expect(await waitFor({ "cloud-init": code, docker: 0 })).toEqual({
    code: 0,
    said: "cloud-init status --wait --long\ndocker version\n",
  });
});

test.each([
  ["cloud-init has failed", { "cloud-init": 1, docker: 0 }],
  ["the engine does not answer", { "cloud-init": 0, docker: 1 }],
])("a server is not ready when %s, and the preparation's log says why", async (_, codes) => {
  const { code, said } = await waitFor(codes);
  expect([code, said]).toEqual([1, expect.stringContaining("two disks are empty")]);
});
