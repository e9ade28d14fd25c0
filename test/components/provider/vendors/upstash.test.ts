import { credentials, startUpstash } from "../../../support/contracts/upstash.ts";
import { testVendorKind } from "../../../support/vendor-conformance.ts";

testVendorKind({
  vendor: "upstash",
  kind: "Redis",
  secrets: ["password"],
  credentials,
  start: startUpstash,
  inputs: { name: "testfarm-validation", region: "eu-central-1", plan: "fixed_250mb" },
  outputs: { host: "eu1-calm-mole-1.upstash.io", port: 6379, password: "canary-password-of-redis" },
  createCall: "POST /v2/redis/database",
  readCall: "GET /v2/redis/database/{id}",
  count: ({ databases }) => databases.size,
  changes: [
    { to: { plan: "fixed_1gb" }, calls: ["POST /v2/redis/change-plan/*"] },
    { to: { eviction: true }, calls: ["POST /v2/redis/enable-eviction/*"] },
  ],
  replacements: [{ region: "us-east-1" }, { name: "testfarm-other" }],
  drift: {
    make: ({ databases }) => [...databases.values()].forEach((each) => Object.assign(each, { plan: "payg" })),
    shows: { plan: "payg" },
  },
  untold: ["plan"],
  refused: [
    { inputs: { region: "mars-1" }, property: "region", reason: /is "mars-1": must be one of us-east-1, / },
    { inputs: { plan: 7 }, property: "plan", reason: /is 7: must be one of free, payg/ },
  ],
});
