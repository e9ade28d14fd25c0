/** What the published types do not say about objects in a cluster. */
import type { ResourceTypes, Shape } from "../sdk-types.ts";
import type { Behaviour } from "../behaviour.ts";
import { publicIp } from "../seed.ts";

export const kubernetesBehaviours: Readonly<Record<string, Behaviour>> = {
  // Nothing of what a job runs can be changed.
  "kubernetes:batch/v1:Job": { replaces: ["spec"] },
  "kubernetes:core/v1:Service": {
    // Clouds tell an address or a name; the program reads the one that its cloud tells.
    outputs: (_, seed) => ({
      status: {
        loadBalancer: { ingress: [{ ip: publicIp(seed), hostname: `${seed.slice(0, 8)}.lb.test` }] },
      },
    }),
  },
};

const any = { kind: "any" } as const;
const text = { kind: "string" } as const;
const shape: Shape = new Map([
  ["apiVersion", { type: text, required: true }],
  ["kind", { type: text, required: true }],
  ["metadata", { type: any, required: true }],
  ["spec", { type: any, required: false }],
]);

/**
 * An object of a kind that the SDK does not know, since somebody else has defined it: its content is checked against the
 * definition by test/components.
 */
export const customResource = (token: string): ResourceTypes | undefined =>
  /^kubernetes:[\w-]+(\.[\w-]+)+\/v\d\w*:[A-Z]\w*$/.test(token)
    ? { inputs: shape, outputs: shape }
    : undefined;
