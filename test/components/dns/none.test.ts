import { expect, test } from "vitest";
import { recordsByHand } from "../../../components/dns/none.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

test("records to make by hand are lines of a zone file, with names in full", async () => {
  const { outputs } = await recordProgram(async () => ({
    lines: recordsByHand({
      records: [
        { name: "testfarm.example.com", type: "A", value: "198.18.0.1", ttl: 300 },
        { name: "testfarm.example.com", type: "AAAA", value: "2001:db8::1", ttl: 300 },
        { name: "www.example.com", type: "CNAME", value: "testfarm.example.com", ttl: 60 },
        { name: "example.com", type: "TXT", value: "v=spf1 -all", ttl: 3600 },
      ],
    }).byHand,
  }));
  expect(outputs["lines"]).toBe(`testfarm.example.com. 300 IN A 198.18.0.1
testfarm.example.com. 300 IN AAAA 2001:db8::1
www.example.com. 60 IN CNAME testfarm.example.com.
example.com. 3600 IN TXT "v=spf1 -all"`);
});
