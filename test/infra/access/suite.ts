/** What an operator may expect of every stack's access, whatever it runs on. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import { type Access, AccessError } from "../../../infra/contracts/access.ts";

/** A stack that runs, and a view of it past its access. */
export interface Place {
  readonly access: Access;
  /** Private address of its Redis. */
  readonly cacheUrl: string;
  /** What is there of a role. */
  left(role: string): Promise<number>;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function accessConformance(open: () => Promise<Place>): void {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });

  async function run(
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    onLine?: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<Ran> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    stdout.on("data", (chunk) => onLine?.(String(chunk)));
    const printed = Promise.all([text(stdout), text(stderr)]);
    const code = await place.access.run(
      { role: "smoke", args, variables, output: { stdout, stderr } },
      signal,
    );
    stdout.end();
    stderr.end();
    const [out, err] = await printed;
    return { code, stdout: out, stderr: err };
  }

  test("a role runs once with the variables that it is given, and is gone afterwards", async () => {
    const { code, stdout } = await run(["environment"], { AUTH_SECRET: "a=b c'd", EMPTY: "" });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^runs smoke environment\n/);
    expect(stdout).toContain("\nAUTH_SECRET=a=b c'd\n");
    expect(stdout).toContain("\nEMPTY=\n");
    expect(await place.left("smoke")).toBe(0);
  });

  test("it reaches the stack's services and files, as the services' own user, and writes nowhere else", async () => {
    const { stdout, stderr } = await run(["place"], { REDIS_URL: place.cacheUrl });
    expect(stdout).toBe("runs smoke place\n999\nkept\nPONG\n");
    expect(stderr).toMatch(/Read-only file system/);
  });

  test("its exit code is told, and what it says on either stream", async () => {
    expect(await run(["fail"])).toEqual({ code: 7, stdout: "runs smoke fail\n", stderr: "no such backup\n" });
    expect(await place.left("smoke")).toBe(0);
  });

  test("it is given what it reads, byte by byte and to its end, and what it prints comes back as it is", async () => {
    // More than any pipe on the way holds, with all bytes in it.
    const sent = randomBytes(3_000_000);
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const printed = Promise.all([buffer(stdout), text(stderr)]);
    const output = { stdout, stderr };
    const input = Readable.from([sent.subarray(0, 1_000), sent.subarray(1_000)]);
    const code = await place.access.run({ role: "smoke", args: ["read"], variables: {}, input, output });
    stdout.end();
    stderr.end();
    const [out, err] = await printed;
    expect([code, err]).toEqual([3, "has read it\n"]);
    expect(out.equals(Buffer.concat([Buffer.from("runs smoke read\n"), sent]))).toBe(true);
    expect(await place.left("smoke")).toBe(0);
  });

  test("one that ends before it has read everything tells its exit code", async () => {
    const [stdout, stderr] = [new PassThrough().resume(), new PassThrough().resume()];
    const input = new PassThrough();
    input.write("never read");
    const role = { role: "smoke", args: ["fail"], variables: {}, input, output: { stdout, stderr } };
    expect(await place.access.run(role)).toBe(7);
  });

  test("it is told to end, cleans up, and is gone, when nobody wants it any more", async () => {
    const stop = new AbortController();
    const onLine = (line: string) => (line.includes("waits") ? stop.abort() : undefined);
    const { code, stdout } = await run(["wait"], {}, onLine, stop.signal);
    expect([code, stdout]).toEqual([0, "runs smoke wait\nwaits\ncleans up\n"]);
    expect(await place.left("smoke")).toBe(0);
  });

  test("a forward leads from this machine to a private service, for more than one connection", async () => {
    const { url, close } = await place.access.forward(place.cacheUrl);
    const { hostname, port, username, password } = new URL(url);
    expect([hostname, username]).toEqual(["127.0.0.1", "default"]);
    const ask = async () => {
      const socket = connect(Number(port), hostname);
      const answer = text(socket);
      socket.write(`AUTH ${password}\r\nPING\r\nQUIT\r\n`);
      return answer;
    };
    expect(await Promise.all([ask(), ask()])).toEqual(["+OK\r\n+PONG\r\n+OK\r\n", "+OK\r\n+PONG\r\n+OK\r\n"]);
    await close();
    const refused = connect(Number(port), hostname);
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });

  test("a forward to what the stack does not have is refused by name", async () => {
    await expect(place.access.forward("postgres://app@nowhere:5432/testfarm")).rejects.toThrow(AccessError);
    await expect(place.access.forward("postgres://app@nowhere:5432/testfarm")).rejects.toThrow("nowhere");
  });
}
