import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openssl as opensslProgram } from "../../support/programs.ts";
import { describeWith } from "../../support/services.ts";
import { checkPage } from "../../../infra/access/page.ts";

await describeWith(opensslProgram, "the page of a stack", (program) => {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-page-"));
  const answers = new Map<string, readonly [number, string]>();
  let server: Server;
  let origin: string;
  let authority: string;

  /** An authority, and a certificate of it for `localhost`. */
  function makeCertificates(): void {
    const openssl = (...args: string[]) => execFileSync(program, args, { cwd: directory, stdio: "pipe" });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Own authority");
    openssl("req", ...key, "-keyout", "page.key", "-out", "page.csr", "-subj", "/CN=page");
    writeFileSync(join(directory, "names"), "subjectAltName=DNS:localhost");
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
    openssl("x509", "-req", "-in", "page.csr", ...signed, "-out", "page.crt", "-days", "2");
  }

  const read = (name: string) => readFileSync(join(directory, name), "utf8");

  beforeAll(async () => {
    makeCertificates();
    authority = read("ca.crt");
    server = createServer({ key: read("page.key"), cert: read("page.crt") }, ({ url = "" }, response) => {
      const [status, body] = answers.get(url) ?? [404, "nothing"];
      response.writeHead(status).end(body);
    });
    await once(server.listen(0, "localhost"), "listening");
    origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  function serve(page: readonly [number, string], setup: readonly [number, string]) {
    answers.set("/", page).set("/api/setup", setup);
    return { FRONTEND_URL: origin, API_BASE_URL: `${origin}/api` };
  }
  const page = [200, "<!doctype html><html></html>"] as const;

  test("a page with its API is found, and whether it has an owner", async () => {
    expect(await checkPage(serve(page, [200, '{"needsOwner":false}']), authority)).toMatch(
      /^https:\/\/localhost:\d+ answers, with a certificate until .* GMT$/,
    );
    expect(await checkPage(serve(page, [200, '{"needsOwner":true}']), authority)).toContain(
      "it has no owner yet (OWNER_BOOTSTRAP_TOKEN makes one)",
    );
  });

  test("an authority that nobody has named vouches for nothing", async () => {
    const urls = serve(page, [200, '{"needsOwner":false}']);
    await expect(checkPage(urls, undefined)).rejects.toThrow(/cannot be opened: unable to verify/);
  });

  test("a proxy without what is behind it is told from a page", async () => {
    await expect(checkPage(serve([502, ""], [502, ""]), authority)).rejects.toThrow(
      /is answered with 502 and no page/,
    );
    await expect(checkPage(serve(page, page), authority)).rejects.toThrow(
      /\/api\/setup is answered with 200, and not by the API/,
    );
  });

  test("a page without TLS, or that is not there, is refused", async () => {
    const urls = { FRONTEND_URL: "http://localhost:1", API_BASE_URL: "http://localhost:1/api" };
    await expect(checkPage(urls, authority)).rejects.toThrow("http://localhost:1 is not served over TLS");
    const away = { FRONTEND_URL: "https://localhost:1", API_BASE_URL: "https://localhost:1/api" };
    await expect(checkPage(away, authority)).rejects.toThrow(
      /https:\/\/localhost:1 cannot be opened: .*ECONNREFUSED/,
    );
  });
});
