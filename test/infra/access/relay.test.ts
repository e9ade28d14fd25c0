import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { freePort } from "../../../app/embedded/port.ts";
import { localAddress, relayCommand, targetOf } from "../../../infra/access/kubernetes/relay.ts";
import { type Certificate, certify } from "../../engine/tls.ts";
import { openssl } from "../../support/programs.ts";
import { describeWith } from "../../support/services.ts";

test.each([
  ["postgres://app:x@db/testfarm", { host: "db", port: 5432, encryption: "none" }],
  ["postgresql://app:x@db:6432/testfarm?sslmode=disable", { host: "db", port: 6432, encryption: "none" }],
  ["postgres://app:x@db/testfarm?sslmode=verify-full", { host: "db", port: 5432, encryption: "postgres" }],
  ["redis://:x@cache", { host: "cache", port: 6379, encryption: "none" }],
  ["rediss://:x@cache:10000", { host: "cache", port: 10_000, encryption: "tls" }],
  ["redis://[fd00::1]:6379", { host: "fd00::1", port: 6379, encryption: "none" }],
])("%s leads to what it names, over TLS where it wants TLS", (url, target) => {
  expect(targetOf(url)).toEqual(target);
});

test.each([
  [
    "postgres://app:p%40ss@db/testfarm?sslmode=verify-full",
    "postgres://app:p%40ss@127.0.0.1:9/testfarm?sslmode=disable",
  ],
  ["postgres://app:x@db:6432/testfarm", "postgres://app:x@127.0.0.1:9/testfarm"],
  ["rediss://default:x@cache:10000/0", "redis://default:x@127.0.0.1:9/0"],
])("on this machine %s is %s: TLS ends in the pod", (url, local) => {
  expect(localAddress(url, 9)).toBe(local);
});

async function ask(port: number): Promise<string> {
  const open = async () => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
  const socket = await vi.waitFor(open, 10_000);
  const answer = text(socket);
  socket.write("hello");
  return answer;
}

await describeWith(openssl, "a relay to a service that has a certificate", (program) => {
  let certificate: Certificate;
  let directory: string;
  let relay: ChildProcess | undefined;
  let service: Server;
  beforeAll(() => {
    certificate = certify(program);
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "testfarm-relay-"));
  });
  afterEach(() => {
    relay?.kill();
    service.close();
    rmSync(directory, { recursive: true });
  });

  /** @param asked whether TLS has to be agreed on first, as PostgreSQL does. */
  async function serve(asked: boolean): Promise<number> {
    const own = { cert: readFileSync(certificate.crt), key: readFileSync(certificate.key) };
    const secured = (socket: Socket) => {
      const tls = new TLSSocket(socket, { isServer: true, ...own });
      tls.on("error", () => socket.destroy()).on("data", (data) => tls.end(`heard ${String(data)}`));
    };
    service = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      if (!asked) return secured(socket);
      return void socket.once("data", (data) => {
        expect(data.toString("hex")).toBe("0000000804d2162f");
        socket.write("S");
        secured(socket);
      });
    });
    await once(service.listen(0, "0.0.0.0"), "listening");
    return (service.address() as AddressInfo).port;
  }

  async function start(
    url: string,
  ): Promise<{ port: number; said: Promise<string>; ended: Promise<unknown> }> {
    const port = await freePort();
    const [, ...command] = relayCommand(targetOf(url));
    const own = command.map((each) => each.replace('"listen":3001', `"listen":${port}`));
    relay = spawn(process.execPath, own, { cwd: directory, stdio: ["ignore", "inherit", "pipe"] });
    return { port, said: text(relay.stderr!), ended: once(relay, "exit") };
  }

  const trust = () => {
    const authorities = join(directory, "dist/app/db/authorities");
    mkdirSync(authorities, { recursive: true });
    copyFileSync(certificate.authority, join(authorities, "own.crt"));
  };

  test.each([
    ["rediss", false],
    ["postgres", true],
  ])(
    "speaks TLS in place of whoever connects to it, by authorities of the image: %s",
    async (scheme, asked) => {
      const port = await serve(asked);
      trust();
      const relayed = await start(`${scheme}://x:y@localhost:${port}/?sslmode=verify-full`);
      expect(await ask(relayed.port)).toBe("heard hello");
      expect(await ask(relayed.port)).toBe("heard hello");
    },
  );

  test("leads nowhere where nobody vouches for the certificate", async () => {
    const port = await serve(false);
    const { said, ended } = await start(`rediss://x:y@localhost:${port}`);
    expect(await ended).toEqual([1, null]);
    expect(await said).toMatch(/SELF_SIGNED|UNABLE_TO/);
  });

  test("leads nowhere where the certificate is for another name", async () => {
    const port = await serve(false);
    trust();
    const { said, ended } = await start(`rediss://x:y@127.0.0.2:${port}`);
    expect(await ended).toEqual([1, null]);
    expect(await said).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
  });
});
