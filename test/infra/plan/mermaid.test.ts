import { beforeAll, expect, test } from "vitest";
import { toMermaid } from "../../../infra/plan/mermaid.ts";
import type { Plan } from "../../../infra/plan/plan.ts";
import { planFixture } from "./fixture.ts";

let plan: Plan;
beforeAll(async () => {
  plan = await planFixture("priced");
});

test("components are boxes around their children, data flow is arrows, what is protected has a thick edge", () => {
  expect(toMermaid(plan)).toBe(`%% 26.50 USD a month
flowchart LR
  subgraph r0["fixture-priced"]
    r1["server<br/>digitalocean Droplet"]
    r2["ip<br/>digitalocean ReservedIp"]
    r3["ip<br/>digitalocean ReservedIpAssignment"]
    r4["data<br/>digitalocean Volume"]:::protected
    r5["data<br/>digitalocean VolumeAttachment"]
    r6["engine<br/>docker provider"]
    r7["password<br/>random RandomPassword"]
    subgraph r8["service"]
      r9["service-container<br/>docker Container"]
    end
  end
  r1 --> r3
  r1 --> r5
  r2 --> r3
  r2 --> r6
  r4 --> r5
  r7 --> r9
  classDef protected stroke-width:3px
`);
});

test("two flows between the same resources are one arrow", () => {
  const resources = plan.resources.map((resource) => {
    const [sources] = Object.values(resource.dataFlow);
    return sources ? { ...resource, dataFlow: { ...resource.dataFlow, again: sources } } : resource;
  });
  expect(toMermaid({ ...plan, resources })).toBe(toMermaid(plan));
});

test("a cost that is not complete is at least that", async () => {
  expect(toMermaid(await planFixture("unpriced"))).toMatch(/^%% at least 2\.50 USD a month\n/);
});

test("a quote in a name does not end the label", () => {
  const resources = plan.resources.map((resource) => ({ ...resource, name: 'a "b"' }));
  const diagram = toMermaid({ ...plan, resources });
  expect(diagram).toContain('subgraph r0["a #quot;b#quot;"]');
  expect(diagram).toContain('r1["a #quot;b#quot;<br/>');
});
