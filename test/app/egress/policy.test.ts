import type { LookupAddress } from "node:dns";
import { describe, expect, test } from "vitest";
import { ownSiteAccess } from "../../../app/egress/own-site.ts";
import { admit, allowing, publicOnly, Refused, Unreachable } from "../../../app/egress/policy.ts";

const resolvingTo = (...addresses: string[]) => {
  const asked: string[] = [];
  const resolve = async (host: string): Promise<LookupAddress[]> => {
    asked.push(host);
    return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  return { asked, policy: { ...publicOnly, resolve } };
};

const notFound = () => Promise.reject(new Error("ENOTFOUND"));

describe("a destination", () => {
  test("is admitted with the very addresses that were checked, asked for once", async () => {
    const { asked, policy } = resolvingTo("93.184.215.14", "2606:2800:220:1::1");
    expect(await admit(new URL("https://shop.example.com/cart"), policy)).toEqual({
      host: "shop.example.com",
      port: 443,
      addresses: [
        { address: "93.184.215.14", family: 4 },
        { address: "2606:2800:220:1::1", family: 6 },
      ],
    });
    expect(asked).toEqual(["shop.example.com"]);
  });

  test("is refused when one of its addresses is", async () => {
    const { policy } = resolvingTo("93.184.215.14", "10.0.0.5");
    await expect(admit(new URL("http://shop.example.com"), policy)).rejects.toThrow(
      "shop.example.com is refused: its address 10.0.0.5 is private.",
    );
  });

  test.each([
    "http://2130706433",
    "http://0177.0.0.1",
    "http://0x7f.1",
    "http://127.1",
    "http://%31%32%37.0.0.1",
    "http://①②⑦.0.0.1",
    "http://127.0.0.1.",
  ])("%s is this machine, whatever it looks like", async (url) => {
    await expect(admit(new URL(url), publicOnly)).rejects.toThrow(
      "127.0.0.1 is refused: it is this machine.",
    );
  });

  test.each(["http://localhost", "https://shop.localhost", "http://localhost."])(
    "%s is this machine, and no name server is asked",
    async (url) => {
      const { asked, policy } = resolvingTo("93.184.215.14");
      await expect(admit(new URL(url), policy)).rejects.toThrow(/address 127.0.0.1 is this machine/);
      expect(asked).toEqual([]);
    },
  );

  test.each(["http://shop.example.com:8080", "https://shop.example.com:22", "http://93.184.215.14:6379"])(
    "%s is refused for its port",
    async (url) => {
      const admission = admit(new URL(url), resolvingTo("93.184.215.14").policy);
      await expect(admission).rejects.toThrow(/is refused: a site is on port 80 or 443\./);
      await expect(admission).rejects.toBeInstanceOf(Refused);
    },
  );

  test("whose name leads nowhere is unreachable, not refused", async () => {
    await expect(admit(new URL("http://shop.example.com"), resolvingTo().policy)).rejects.toBeInstanceOf(
      Unreachable,
    );
    await expect(
      admit(new URL("http://shop.example.com"), { ...publicOnly, resolve: notFound }),
    ).rejects.toThrow("shop.example.com could not be resolved.");
  });

  test("that is named is open with its port, and with no other", async () => {
    const { resolve } = resolvingTo("10.0.0.5").policy;
    const policy = { ...allowing(["demo:3002", "[fd00::1]:443", "10.0.0.9:80"]), resolve };
    for (const url of ["http://demo:3002", "https://[fd00::1]", "http://10.0.0.9"])
      expect((await admit(new URL(url), policy)).addresses).toHaveLength(1);
    for (const url of ["http://demo", "http://demo:3001", "http://[fd00::1]", "http://10.0.0.9:443"])
      await expect(admit(new URL(url), policy)).rejects.toBeInstanceOf(Refused);
  });
});

describe("on one's own machine", () => {
  test.each([
    "http://localhost:3000/",
    "http://shop.localhost/",
    "http://127.0.0.1:3002/",
    "http://[::1]:8080",
  ])("%s is reached as it is, with all that listens beside it, and nothing else private is", async (site) => {
    const { policy, direct } = await ownSiteAccess(site);
    expect(direct).toEqual(expect.arrayContaining(["localhost", "127.0.0.0/8", "[::1]"]));
    await expect(admit(new URL("http://192.168.1.1"), policy)).rejects.toBeInstanceOf(Refused);
  });

  test("a site in one's own network is reached as it is, and the machine itself is not", async () => {
    const { policy, direct } = await ownSiteAccess("http://192.168.1.20:8080/");
    expect(direct).toEqual(["192.168.1.20"]);
    for (const url of ["http://localhost", "http://192.168.1.1"])
      await expect(admit(new URL(url), policy)).rejects.toBeInstanceOf(Refused);
  });

  test("a public site is on the port that it is on, and gets nothing private", async () => {
    const { policy, direct } = await ownSiteAccess("https://93.184.215.14:8443/");
    expect(direct).toEqual([]);
    expect((await admit(new URL("https://93.184.215.14:8443/"), policy)).port).toBe(8443);
    for (const url of ["http://localhost:3000", "http://93.184.215.15:8443"])
      await expect(admit(new URL(url), policy)).rejects.toBeInstanceOf(Refused);
  });
});
