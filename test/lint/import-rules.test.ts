import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Each row breaks one rule of .oxlintrc.json: where the file stands, what it says, what the linter answers. */
const broken = [
  ["infra/a.ts", `import x from "../stacks/index.ts";`, "stacks -> components -> infra"],
  ["infra/b.ts", `import x from "../components/host/index.ts";`, "stacks -> components -> infra"],
  ["infra/c.ts", `const x = await import("../stacks/index.ts");`, "stacks -> components -> infra"],
  ["infra/d.ts", `import { x } from "../app/env.ts";`, "infra may import types"],
  ["infra/e.ts", `import * as x from "@pulumi/digitalocean";`, "infra is pure TypeScript"],
  ["components/a.ts", `import x from "../stacks/index.ts";`, "stacks -> components -> infra"],
  ["components/b.ts", `import type { x } from "../app/env.ts";`, "components import nothing"],
  ["components/host/hetzner.ts", `import x from "./digitalocean.ts";`, "Providers do not import each other"],
  ["components/host/vultr.ts", `import x from "../../stacks/index.ts";`, "stacks -> components -> infra"],
  ["stacks/a.ts", `import { x } from "../app/env.ts";`, "stacks may import types"],
  ["policy-pack/a.ts", `import x from "../stacks/index.ts";`, "imports of this repository only infra"],
  ["policy-pack/b.ts", `import x from "../components/ssh.ts";`, "imports of this repository only infra"],
  ["policy-pack/c.ts", `import type { x } from "../app/env.ts";`, "imports of this repository only infra"],
  ["policy-pack/d.ts", `import * as x from "@pulumi/docker";`, "The policy pack knows no cloud SDK"],
  ["infra/f.ts", `import { PolicyPack } from "@pulumi/policy";`, "infra is pure TypeScript"],
  ["infra/promotion/a.ts", `import x from "../../stacks/index.ts";`, "stacks -> components -> infra"],
  ["infra/promotion/actions/a.ts", `import x from "../../../stacks/a.ts";`, "stacks -> components -> infra"],
  ["infra/promotion/b.ts", `import x from "../../app/api/app.ts";`, "infra/promotion may import"],
  ["infra/promotion/c.ts", `import x from "../../app/backup/restore.ts";`, "infra/promotion may import"],
  ["infra/promotion/d.ts", `import * as x from "@pulumi/digitalocean";`, "infra is pure TypeScript"],
  ["app/a.ts", `import x from "../infra/config/index.ts";`, "The application imports nothing"],
  ["app/b.ts", `import x from "../components/host/index.ts";`, "The application imports nothing"],
  ["app/c.ts", `import x from "../stacks/index.ts";`, "The application imports nothing"],
  ["app/queue/redis.ts", `import x from "./postgres.ts";`, "Providers do not import each other"],
  ["app/queue/postgres.ts", `import x from "../../infra/a.ts";`, "The application imports nothing"],
  ["app/d.ts", `const x = process.env.HOME;`, "Disallowed usage of `process.env`"],
] as const;

const allowed = [
  ["infra/a.ts", `import type { x } from "../app/env.ts";`],
  ["infra/b.ts", `import * as x from "@pulumi/pulumi";`],
  ["infra/promotion/a.ts", `import x from "../../app/db/gate.ts"; import y from "./stacks/up.ts";`],
  ["infra/promotion/copy/a.ts", `import x from "../../../app/db/gate.ts"; import y from "../stacks/up.ts";`],
  [
    "infra/promotion/b.ts",
    `import x from "../../app/storage/index.ts"; import y from "../../app/s3-client.ts";`,
  ],
  ["infra/promotion/c.ts", `import x from "../../app/backup/connection.ts";`],
  ["infra/promotion/d.ts", `import x from "../../app/without-credentials.ts";`],
  ["components/a.ts", `import x from "../infra/config/index.ts";`],
  ["components/host/hetzner.ts", `import x from "./contract.ts"; import y from "./cloud-init/render.ts";`],
  ["components/host/index.ts", `const x = await import("./digitalocean.ts");`],
  ["stacks/a.ts", `import type { x } from "../app/env.ts"; import y from "../components/host/index.ts";`],
  ["policy-pack/a.ts", `import { x } from "../infra/policy/rules.ts"; import y from "@pulumi/policy";`],
  ["app/env.ts", `const x = process.env.HOME;`],
] as const;

const root = process.cwd();
const oxlint = join(root, "node_modules/.bin/oxlint");
let tree: string;
beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), "testfarm-lint-"));
  copyFileSync(join(root, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

function lint(file: string, source: string): string {
  mkdirSync(join(tree, dirname(file)), { recursive: true });
  writeFileSync(join(tree, file), `${source}\n`);
  const { stdout } = spawnSync(oxlint, ["-A", "no-unused-vars", file], { cwd: tree, encoding: "utf8" });
  return stdout;
}

test.each(broken)("%s may not say %s", (file, source, answer) => {
  expect(lint(file, source)).toContain(answer);
});

test.each(allowed)("%s may say %s", (file, source) => {
  const answer = lint(file, source);
  expect(answer).toContain("Finished in");
  expect(answer).not.toMatch(/no-restricted-imports|no-process-env/);
});
