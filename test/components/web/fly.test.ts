import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { StackAccounts } from "../../../components/accounts.ts";
import { FlyWeb } from "../../../components/web/fly.ts";
import type { WebArgs } from "../../../infra/contracts/managed.ts";
import { recordProgram, resourceOf } from "../../../infra/testing/index.ts";

const image = `ghcr.io/acme/testfarm-web@sha256:${"b".repeat(64)}`;
const start = (change: Partial<WebArgs> = {}) =>
  recordProgram(
    async () => {
      const web = new FlyWeb("web", {
        accounts: new StackAccounts({ accounts: { fly: "farm" }, endpoints: {}, secrets: [] }),
        label: "testfarm-growth",
        near: "madrid",
        ephemeral: false,
        cities: ["madrid", "new-york"],
        image,
        ...change,
      });
      web.publish({ privateUrl: pulumi.output("http://testfarm-growth-api.flycast") });
      return { url: web.url, records: [...web.records] };
    },
    {
      respond: ({ type }) =>
        type === "testfarm:fly:Certificate"
          ? { state: { cname: "k1v5.fly.dev", challengeTarget: "farm.test.k1v5.flydns.net" } }
          : { state: { hostname: "testfarm-growth-web.fly.dev" } },
    },
  );

describe("the page at Fly.io", () => {
  test("is public, in every city, one after another, and passes on to the API in the private network", async () => {
    const recording = await start();
    expect(resourceOf(recording, "testfarm:fly:App").inputs).toEqual({
      name: "testfarm-growth-web",
      organization: "farm",
      sharedIpv4: true,
      ipv6: true,
    });
    const [first, second] = ["web-madrid", "web-new-york"].map((name) =>
      resourceOf(recording, "testfarm:fly:Machine", name),
    );
    expect(first!.inputs).toEqual({
      app: "testfarm-growth-web",
      name: "testfarm-growth-web-madrid",
      region: "fra",
      image,
      size: "shared-cpu-1x",
      memory: 256,
      group: "web",
      env: { API_URL: "http://testfarm-growth-api.flycast", CLIENT_IP_HEADER: "Fly-Client-IP" },
      port: 8080,
      healthPath: "/",
      autostop: "off",
      softLimit: 1_000,
      hardLimit: 2_000,
    });
    expect(second!.inputs).toMatchObject({ region: "ewr", autostop: "stop" });
    expect(second!.dependsOn).toContain(first!.key);
    expect(recording.outputs).toEqual({ url: "https://testfarm-growth-web.fly.dev", records: [] });
  });

  test("has a certificate for a domain of one's own, and says what DNS has to say for it", async () => {
    const recording = await start({ domain: "farm.test" });
    expect(resourceOf(recording, "testfarm:fly:Certificate").inputs).toEqual({
      app: "testfarm-growth-web",
      hostname: "farm.test",
    });
    expect(recording.outputs).toEqual({
      url: "https://farm.test",
      records: [
        { name: "farm.test", type: "CNAME", value: "k1v5.fly.dev" },
        { name: "_acme-challenge.farm.test", type: "CNAME", value: "farm.test.k1v5.flydns.net" },
      ],
    });
  });
});
