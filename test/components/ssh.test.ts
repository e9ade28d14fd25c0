import { execFile, execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { quoted, sshOptions } from "../../components/ssh.ts";
import { sshd } from "../support/programs.ts";
import { describeWith } from "../support/services.ts";
import { sshKey, type SshServer, startSshd } from "../support/sshd.ts";

const run = promisify(execFile);

await describeWith(sshd, "a server whose key is known", (program) => {
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshd(program);
  });

  const command = (known: string) => [
    "ssh",
    ...sshOptions(server.address, known),
    ...server.credentials,
    `${userInfo().username}@127.0.0.1`,
    "echo",
    "connected",
  ];

  test("is connected to, from a shell too, and no file of this machine hears of it", async () => {
    const { directory, hostKey } = server;
    const [file, ...args] = command(hostKey);
    expect((await run(file!, args, { env: { PATH: process.env["PATH"], HOME: directory } })).stdout).toBe(
      "connected\n",
    );
    expect(execFileSync("sh", ["-c", quoted(command(hostKey))], { encoding: "utf8" })).toBe("connected\n");
    expect(execFileSync("sh", ["-c", `ls -A ${directory}`], { encoding: "utf8" })).not.toContain(
      "known_hosts",
    );
  });

  test("is refused when it shows another one", async () => {
    const [file, ...args] = command(sshKey(join(server.directory, "other")));
    await expect(run(file!, args)).rejects.toThrow(/Host key verification failed/);
  });
});

test("words reach a shell as they are", () => {
  const words = ["it's", "a b", "$HOME", "`id`", ""];
  const printed = execFileSync("sh", ["-c", `printf '%s\\n' ${quoted(words)}`], { encoding: "utf8" });
  expect(printed.split("\n").slice(0, -1)).toEqual(words);
});
