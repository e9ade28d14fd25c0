/** Where tests of pages run: a program's directory with a page that is built, and a company's part of a stack. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { StackAccounts } from "../../../components/accounts.ts";
import type { web } from "../../../components/web/index.ts";
import type { WebArgs } from "../../../infra/contracts/managed.ts";
import {
  recordProgram,
  type RecordedResource,
  type Recording,
  type RecordOptions,
} from "../../../infra/testing/index.ts";
import { functions } from "../../engine/stand-in/functions.ts";

export const label = "testfarm-validation";

export const accounts = {
  fly: "example",
  netlify: "example",
  railway: "00000000-0000-0000-0000-000000000000",
  render: "tea-example",
  vercel: "team_example",
};

/** Makes a directory of one's own the program's, with a page beside it. @returns what ends that. */
export function enterProgram(): () => void {
  const [directory, before] = [mkdtempSync(join(tmpdir(), "testfarm-program-")), process.cwd()];
  mkdirSync(join(directory, "stacks"));
  process.chdir(join(directory, "stacks"));
  buildPage();
  return () => {
    process.chdir(before);
    rmSync(directory, { recursive: true });
  };
}

/** What `npm run build` leaves. */
export function buildPage(script = "page()"): void {
  rmSync("../dist/web", { recursive: true, force: true });
  mkdirSync("../dist/web/assets", { recursive: true });
  writeFileSync("../dist/web/index.html", "<!doctype html><script src=/assets/index.js></script>");
  writeFileSync("../dist/web/assets/index.js", script);
}

/** An API as its company tells of it: addresses that only `up` knows. */
class TestApi extends pulumi.CustomResource {
  declare readonly url: pulumi.Output<string>;
  declare readonly privateUrl: pulumi.Output<string>;
  constructor() {
    super("test:index:Api", "api", { url: undefined, privateUrl: undefined });
  }
}

export interface Given extends Partial<Pick<WebArgs, "domain">> {
  /** Host of the API; `undefined`: the page is not published. Default: `api.farm.test`. */
  readonly api?: string | undefined;
  readonly preview?: boolean;
  /** What a company answers, by type of resource. */
  readonly states?: Readonly<Record<string, NonNullable<RecordedResource["inputs"]>>>;
  readonly accounts?: Partial<typeof accounts>;
}

/** Registers a page and publishes it in front of an API. */
export function recordPage(open: (typeof web)[keyof typeof web], given: Given = {}): Promise<Recording> {
  const { domain, preview = false, states = {} } = given;
  const api = "api" in given ? given.api : "api.farm.test";
  const options: Partial<RecordOptions> = {
    preview,
    respond: ({ type }) => ({
      state:
        type === "test:index:Api"
          ? { url: `https://${api}`, privateUrl: `http://${api}.internal:3001` }
          : (states[type] ?? {}),
    }),
    call: ({ token, inputs }) => functions[token]!(inputs as never, process.cwd()),
  };
  return recordProgram(async () => {
    const page = await open("web", {
      accounts: new StackAccounts({ accounts: given.accounts ?? accounts, endpoints: {}, secrets: [] }),
      label,
      near: "madrid",
      ephemeral: false,
      cities: ["madrid"],
      domain,
      image: `ghcr.io/acme/testfarm-web@sha256:${"0".repeat(64)}`,
    });
    if (api !== undefined) page.publish(new TestApi());
    return { url: page.url, records: pulumi.output([...page.records]) };
  }, options);
}
