import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWith } from "../support/services.ts";
import { pulumiCli } from "./find-cli.ts";
import { images, type ManagedStack, openManagedStack } from "./managed-stack.ts";
import { secretsOf, variables } from "./outputs.ts";
import { typeOf, urnsOf } from "./stack.ts";

const minute = 60_000;

/** What a new image may change. */
const runs = {
  validation: ["testfarm:railway:Service", "vercel:index/deployment:Deployment"],
  growth: ["testfarm:fly:Machine"],
} as const;

/** Of a package's own provider, which the engine makes by itself. */
const isDefault = ({ urn }: { readonly urn: string }) => /::default(_|$)/.test(urn);

type Tests = (stack: () => ManagedStack) => void;

/** What only one of them has. */
const another: Readonly<Partial<Record<keyof typeof runs, Tests>>> = {
  growth(stack) {
    test("another city gets machines, and the others keep theirs", { timeout: 2 * minute }, async () => {
      stack().configure({ regions: ["madrid", "new-york", "singapore"] });
      const changes = await stack().changes();
      expect(changes.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`).toSorted()).toEqual([
        "create service-api-singapore",
        "create service-worker-singapore-1",
        "create web-singapore",
        // As many workers as before, and one in each city.
        "delete service-worker-madrid-2",
      ]);
      await stack().change("up");
    });
  },
};

/** What a release has asked of the companies, and in which order. */
const released: Readonly<Record<keyof typeof runs, Tests>> = {
  validation(stack) {
    test("the migration of that image ran before anything else took it, which had time to take over", () => {
      const { services } = stack().companies.servers.railway;
      const byName = new Map([...services.values()].map((each) => [each.name, each]));
      const newest = (role: string) => byName.get(role)!.deployments.at(-1)!;
      for (const role of ["migrate", "api", "worker"]) expect(newest(role).image).toBe(images("b").app);
      // The server's ids count up.
      for (const role of ["api", "worker"]) {
        expect(newest("migrate").id < newest(role).id).toBe(true);
        expect(byName.get(role)!.settings).toMatchObject({
          healthcheckPath: "/readyz",
          drainingSeconds: 40,
        });
      }
      expect(byName.get("api")!.settings).toMatchObject({ overlapSeconds: 10 });
    });
  },
  growth(stack) {
    test("the migration of that image ran before anything else took it, city by city", () => {
      const { calls, machines } = stack().companies.servers.fly;
      const nameOf = new Map([...machines.machines.values()].map((each) => [each.id, each.name]));
      // The release is what came after the last machine was made.
      const release = calls.slice(
        calls.findLastIndex((call) => /^POST \/v1\/apps\/[^/]+\/machines$/.test(call)),
      );
      const updated = release
        .flatMap((call) => /^POST \/v1\/apps\/[^/]+\/machines\/([^/]+)$/.exec(call)?.slice(1) ?? [])
        .map((id) => nameOf.get(id)!.replace("testfarm-growth-", ""));
      expect(updated.slice(0, 4)).toEqual(["migrate", "api-madrid", "api-new-york", "api-singapore"]);
      // Then workers all at once, so that a session is handed over once and not again by the next city's; and beside them,
      // city by city, the page, which is of the release's API already.
      const rest = updated.slice(4);
      const ofRole = (role: string) => rest.filter((each) => each.startsWith(role));
      expect(ofRole("worker").toSorted()).toEqual([
        "worker-madrid-1",
        "worker-new-york-1",
        "worker-singapore-1",
      ]);
      expect(ofRole("web")).toEqual(["web-madrid", "web-new-york", "web-singapore"]);
      expect(rest).toHaveLength(6);
      // But for the one that ran once, each under a lease.
      expect(release.filter((call) => /^POST .*\/lease$/.test(call)).length).toBeGreaterThanOrEqual(9);
    });
  },
};

// One life of each stack, told in order: each test goes on where the one before it ended.
await describeWith(pulumiCli, "managed tiers on the real engine", (cli) => {
  describe.each(["validation", "growth"] as const)("stack %s", (name) => {
    let stack: ManagedStack;

    beforeAll(async () => {
      stack = await openManagedStack(cli, name, name === "growth" ? { regions: ["madrid", "new-york"] } : {});
    }, minute);
    afterAll(() => stack.end());

    test(
      "preview says what would be made, and asks no company for anything",
      { timeout: minute },
      async () => {
        const changes = await stack.changes();
        expect(new Set(changes.map(({ op }) => op))).toEqual(new Set(["create"]));
        const servers = Object.values(stack.companies.servers);
        expect(servers.flatMap(({ calls }) => calls)).toEqual([]);
      },
    );

    test(
      "up makes it, with every variable of the application among its outputs",
      { timeout: 2 * minute },
      async () => {
        await stack.change("up");
        const outputs = JSON.parse(await stack.succeed("stack", "output", "--json")) as object;
        expect(Object.keys(outputs)).toEqual(expect.arrayContaining(variables));
        expect(stack.companies.violations()).toEqual([]);
      },
    );

    test("no secret stands in clear in the state, nor is one printed", { timeout: minute }, async () => {
      const { secrets, inClear } = await secretsOf(stack);
      expect(secrets.length).toBeGreaterThan(8);
      expect(inClear).toEqual([]);
      const state = stack.stateText();
      const tokens = Object.values(stack.companies.tokens);
      expect(tokens.filter((token) => state.includes(token))).toEqual([]);
    });

    test("up again changes nothing, and so does a refresh", { timeout: 2 * minute }, async () => {
      expect(await stack.change("up", "--expect-no-changes")).toMatch(/\d+ unchanged/);
      expect(await stack.change("refresh", "--expect-no-changes")).toMatch(/\d+ unchanged/);
    });

    another[name]?.(() => stack);

    test("a new image changes what runs it, and nothing else", { timeout: 2 * minute }, async () => {
      stack.configure({ image: images("b") });
      const types = (await stack.changes()).map(({ urn }) => typeOf(urn)!);
      expect(types).not.toEqual([]);
      expect(types.filter((type) => !(runs[name] as readonly string[]).includes(type))).toEqual([]);
      await stack.change("up");
      await stack.change("up", "--expect-no-changes");
    });

    released[name](() => stack);

    test(
      "destroy stops at the data, and --exclude-protected leaves nothing but them",
      { timeout: 2 * minute },
      async () => {
        const { code, stdout } = await stack.run(["destroy", "--yes", "--skip-preview"]);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/cannot be deleted\s+because it is protected/);
        const kept = urnsOf(stack.resources().filter(({ protect }) => protect));
        expect(kept).not.toEqual([]);
        await stack.change("destroy", "--exclude-protected");
        const left = stack.resources().filter((each) => each.custom && !isDefault(each));
        expect(urnsOf(left.filter(({ type }) => !type.startsWith("pulumi:providers:")))).toEqual(kept);
        expect(stack.companies.violations()).toEqual([]);
      },
    );
  });
});
