import { expect, test } from "vitest";
import { evaluator, type Connection, type End, type NetworkPolicy } from "./policy-evaluator.ts";

const pod = (namespace: string, labels: Record<string, string> = {}, address = "10.0.0.1"): End => ({
  address,
  pod: { namespace, labels, ports: { http: 80 } },
});
const shop = pod("shop", { app: "shop" });
const other = pod("shop", { app: "other" }, "10.0.0.2");
const foreign = pod("foreign", { app: "other" }, "10.0.0.3");
const outside: End = { address: "203.0.113.9" };

const policy = (spec: Partial<NetworkPolicy["spec"]>): NetworkPolicy => ({
  metadata: { name: "policy", namespace: "shop" },
  spec: { podSelector: { matchLabels: { app: "shop" } }, ...spec },
});
const allows = (spec: Partial<NetworkPolicy["spec"]> | readonly NetworkPolicy[], connection: Connection) =>
  evaluator(Array.isArray(spec) ? spec : [policy(spec as Partial<NetworkPolicy["spec"]>)], {
    foreign: { team: "blue" },
  })(connection);

test("without a policy that selects it a pod is open", () => {
  expect(allows([], { from: outside, to: shop, port: 80 })).toBe(true);
  expect(allows({ ingress: [] }, { from: outside, to: other, port: 80 })).toBe(true);
  expect(allows({ ingress: [] }, { from: outside, to: pod("foreign", { app: "shop" }), port: 80 })).toBe(
    true,
  );
});

test("a policy closes the directions that it is of, and without types ingress and what it has rules for", () => {
  const [into, out] = [
    { from: other, to: shop, port: 80 },
    { from: shop, to: other, port: 80 },
  ];
  expect(allows({ policyTypes: ["Ingress"] }, into)).toBe(false);
  expect(allows({ policyTypes: ["Ingress"] }, out)).toBe(true);
  expect(allows({ policyTypes: ["Egress"] }, into)).toBe(true);
  expect(allows({ policyTypes: ["Egress"] }, out)).toBe(false);
  expect(allows({}, into)).toBe(false);
  expect(allows({}, out)).toBe(true);
  expect(allows({ egress: [{ to: [{ ipBlock: { cidr: "192.0.2.0/24" } }] }] }, out)).toBe(false);
  expect(allows({ podSelector: {}, policyTypes: ["Ingress"] }, { from: shop, to: other, port: 80 })).toBe(
    false,
  );
});

test("policies add up, and both ends have to be open", () => {
  const closed = policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  const opensIn = policy({ ingress: [{ from: [{ podSelector: { matchLabels: { app: "other" } } }] }] });
  const opensOut = policy({
    podSelector: { matchLabels: { app: "other" } },
    policyTypes: ["Egress"],
    egress: [{ to: [{ podSelector: { matchLabels: { app: "shop" } } }] }],
  });
  const connection = { from: other, to: shop, port: 80 };
  expect(allows([closed, opensIn], connection)).toBe(false);
  expect(allows([closed, opensOut], connection)).toBe(false);
  expect(allows([closed, opensIn, opensOut], connection)).toBe(true);
  expect(allows([closed, opensIn, opensOut], { from: shop, to: other, port: 80 })).toBe(false);
});

const into = (from: End) => ({ from, to: shop, port: 80 });

const from = (peer: object, end: End) => allows({ ingress: [{ from: [peer] }] }, into(end));
const expressed = (operator: string, values: string[] | undefined, labels: Record<string, string>) => {
  const matchExpressions = [{ key: "k", operator, ...(values && { values }) }];
  return from({ podSelector: { matchExpressions } }, pod("shop", labels));
};
const fromRange = (cidr: string, except: string[], address: string) =>
  from({ ipBlock: { cidr, except } }, { address });
const onPort = (ports: object[] | undefined, port: number, protocol?: "TCP" | "UDP") =>
  allows({ ingress: [{ ...(ports && { ports }) }] }, { ...into(other), port, ...(protocol && { protocol }) });

test("a selector of pods is of the policy's namespace, one of namespaces of all their pods, both of such pods there", () => {
  const pods = { podSelector: { matchLabels: { app: "other" } } };
  const namespaces = { namespaceSelector: { matchLabels: { team: "blue" } } };
  expect([from(pods, other), from(pods, foreign)]).toEqual([true, false]);
  expect([from(namespaces, other), from(namespaces, foreign)]).toEqual([false, true]);
  expect(from({ ...pods, ...namespaces }, foreign)).toBe(true);
  expect(from({ ...pods, ...namespaces }, pod("foreign", { app: "shop" }))).toBe(false);
  expect(
    from({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "foreign" } } }, foreign),
  ).toBe(true);
  expect(from({ namespaceSelector: {} }, foreign)).toBe(true);
  expect(from({ namespaceSelector: {} }, outside)).toBe(false);
  expect(from({ podSelector: {} }, other)).toBe(true);
});

test("expressions mean what Kubernetes says, also of a label that is not there", () => {
  expect([
    expressed("In", ["a", "b"], { k: "b" }),
    expressed("In", ["a"], { k: "b" }),
    expressed("In", ["a"], {}),
  ]).toEqual([true, false, false]);
  expect([
    expressed("NotIn", ["a"], { k: "b" }),
    expressed("NotIn", ["a"], { k: "a" }),
    expressed("NotIn", ["a"], {}),
  ]).toEqual([true, false, true]);
  expect([expressed("Exists", undefined, { k: "" }), expressed("Exists", undefined, {})]).toEqual([
    true,
    false,
  ]);
  expect([
    expressed("DoesNotExist", undefined, {}),
    expressed("DoesNotExist", undefined, { k: "a" }),
  ]).toEqual([true, false]);
  expect(() => expressed("Gt", ["1"], { k: "2" })).toThrow("Gt is no operator of a label selector");
});

test("a range is of its addresses but for the exceptions, of its family only", () => {
  expect(fromRange("203.0.113.0/24", [], "203.0.113.9")).toBe(true);
  expect(fromRange("203.0.113.0/24", [], "203.0.114.9")).toBe(false);
  expect(fromRange("0.0.0.0/0", ["203.0.113.8/29"], "203.0.113.9")).toBe(false);
  expect(fromRange("0.0.0.0/0", ["203.0.113.8/29"], "203.0.113.16")).toBe(true);
  expect(fromRange("0.0.0.0/0", [], "2001:db8::1")).toBe(false);
  expect(fromRange("2001:db8::/32", ["2001:db8:1::/48"], "2001:db8::1")).toBe(true);
  expect(fromRange("2001:db8::/32", ["2001:db8:1::/48"], "2001:db8:1::1")).toBe(false);
});

test("ports are numbers, ranges or names of the target's, of TCP unless they say else; without any all are open", () => {
  expect([onPort([{ port: 80 }], 80), onPort([{ port: 80 }], 81), onPort([{ port: 80 }], 80, "UDP")]).toEqual(
    [true, false, false],
  );
  expect([onPort([{ port: 80, endPort: 90 }], 90), onPort([{ port: 80, endPort: 90 }], 91)]).toEqual([
    true,
    false,
  ]);
  expect([onPort([{ port: "http" }], 80), onPort([{ port: "http" }], 81)]).toEqual([true, false]);
  expect([onPort([{ protocol: "UDP" }], 53, "UDP"), onPort([{ protocol: "UDP" }], 53)]).toEqual([
    true,
    false,
  ]);
  expect([onPort(undefined, 1), onPort([], 1)]).toEqual([true, true]);
});
