import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../../app/embedded/port.ts";
import { quoted, sshOptions } from "../../components/ssh.ts";
import { atEnd } from "../support/at-end.ts";
import { sshd } from "../support/programs.ts";
import { describeWith } from "../support/services.ts";

const run = promisify(execFile);

await describeWith(sshd, "a server whose key is known", (program) => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-sshd-"));
  const key = (name: string) => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(directory, name)]);
    return readFileSync(join(directory, `${name}.pub`), "utf8")
      .split(" ")
      .slice(0, 2)
      .join(" ");
  };
  const hostKey = key("host");
  const otherKey = key("other");
  const user = key("user");
  const credentials = ["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", join(directory, "user")];
  let address: string;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    address = `[127.0.0.1]:${port}`;
    writeFileSync(join(directory, "authorized"), `${user}\n`);
    const settings = [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${directory}/host`,
      `AuthorizedKeysFile ${directory}/authorized`,
      `PidFile ${directory}/pid`,
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin prohibit-password",
    ];
    writeFileSync(join(directory, "config"), settings.join("\n"));
    // It asks for its directory, empty and root's, also where it is not started by the system.
    execFileSync("mkdir", ["-p", "/run/sshd"]);
    const server = spawn(program, ["-D", "-e", "-f", join(directory, "config")], { stdio: "ignore" });
    const ended = once(server, "exit");
    atEnd(async () => {
      server.kill();
      await ended;
    });
    await vi.waitFor(
      async () => {
        const socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
        socket.destroy();
      },
      { timeout: 10_000, interval: 50 },
    );
    chmodSync(join(directory, "user"), 0o600);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const command = (known: string) => [
    "ssh",
    ...sshOptions(address, known),
    ...credentials,
    "-p",
    `${port}`,
    `${userInfo().username}@127.0.0.1`,
    "echo",
    "connected",
  ];

  test("is connected to, from a shell too, and no file of this machine hears of it", async () => {
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
    const [file, ...args] = command(otherKey);
    await expect(run(file!, args)).rejects.toThrow(/Host key verification failed/);
  });
});

test("words reach a shell as they are", () => {
  const words = ["it's", "a b", "$HOME", "`id`", ""];
  const printed = execFileSync("sh", ["-c", `printf '%s\\n' ${quoted(words)}`], { encoding: "utf8" });
  expect(printed.split("\n").slice(0, -1)).toEqual(words);
});
