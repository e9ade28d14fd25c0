import { expect, test } from "vitest";
import { portOf } from "../../../components/external/destination.ts";

test.each([
  ["databaseUrl", "postgres://app:word@db.test/farm", 5432],
  ["databaseUrl", "postgresql://app:word@db.test:6543/farm", 6543],
  ["redisUrl", "redis://redis.test", 6379],
  ["redisUrl", "rediss://app:word@redis.test:6380/0", 6380],
] as const)("%s %s is reached on port %d", (setting, address, port) => {
  expect(portOf(setting, address)).toBe(port);
});

test.each([
  ["databaseUrl", "canary words", "postgres://app:<password>@db.example.com:5432/testfarm"],
  [
    "databaseUrl",
    "mysql://app:canary@db.test/farm",
    "postgres://app:<password>@db.example.com:5432/testfarm",
  ],
  ["redisUrl", "https://canary.test", "rediss://:<password>@redis.example.com:6379"],
] as const)("%s is refused when it is no such address, and not told: %s", (setting, address, example) => {
  const refuse = () => portOf(setting, address);
  expect(refuse).toThrow(
    `testfarm:${setting}: must be an address such as ${example}: pulumi config set --secret testfarm:${setting}`,
  );
  expect(refuse).not.toThrow("canary");
});

test.each([
  ["databaseUrl", "postgres://app:canary@db.test:80/farm"],
  ["redisUrl", "redis://:canary@redis.test:80"],
] as const)(
  "%s is refused on port 80, where clouds tell a machine's own keys, and not told",
  (setting, address) => {
    const refuse = () => portOf(setting, address);
    expect(refuse).toThrow(
      `testfarm:${setting}: is on port 80, where clouds tell a machine's own keys; use another port: pulumi config set --secret testfarm:${setting}`,
    );
    expect(refuse).not.toThrow("canary");
  },
);
