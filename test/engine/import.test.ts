import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { digitalocean } from "../../infra/hosts/digitalocean.ts";
import { describeWith } from "../support/services.ts";
import { pulumiCli } from "./find-cli.ts";
import { openStack, typeOf, urnsOf } from "./stack.ts";

const minute = 60_000;
const droplet = "digitalocean:index/droplet:Droplet";

await describeWith(pulumiCli, "a server that exists already, on the real engine", (cli) => {
  const stack = openStack(cli);
  afterAll(() => stack.end());
  const imported = () => stack.made().filter(({ type }) => type === droplet);

  test(
    "one that was imported is changed, and neither replaced nor made",
    { timeout: 2 * minute },
    async () => {
      await stack.open();
      const byHand = { name: "by-hand", region: "fra1", size: "s-2vcpu-4gb", image: digitalocean.image };
      stack.world.place(droplet, "407", { ...byHand, monitoring: true });
      // As docs/vps.md shows it.
      const resources = [
        { type: "testfarm:host:DigitalOcean", name: "parent", logicalName: "host", component: true },
        { type: droplet, name: "server", logicalName: "host", id: "407", parent: "parent" },
      ];
      const file = join(stack.directory, "server.json");
      writeFileSync(file, JSON.stringify({ resources }));
      await stack.change("import", "--file", file, "--generate-code=false", "--protect=false");
      const { steps } = JSON.parse(await stack.succeed("preview", "--json")) as {
        steps: { op: string; urn: string; diffReasons?: string[] }[];
      };
      expect(steps.filter(({ urn }) => typeOf(urn) === droplet)).toMatchObject([{ op: "update" }]);
    },
  );

  test(
    "up then adds what is missing, and leaves the server where it is",
    { timeout: 2 * minute },
    async () => {
      const before = stack.world.find(droplet, "407");
      await stack.change("up");
      expect(stack.world.things().filter(({ type }) => type === droplet)).toEqual([before]);
      expect(urnsOf(stack.made())).toEqual(
        urnsOf([...stack.world.things().filter(({ urn }) => urn !== ""), ...imported()]),
      );
      expect(await stack.change("up", "--expect-no-changes")).toMatch(/\d+ unchanged/);
    },
  );
});
