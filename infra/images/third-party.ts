/** Third-party images of a Docker host, by exact tag. PostgreSQL is the major that every tier has. */
export const thirdParty = {
  edge: "caddy:2.11.9-alpine",
  postgres: "postgres:17.12-bookworm",
  redis: "redis:7.4.6-bookworm",
} as const;

/** What a Dockerfile builds on: the defaults of its arguments `*_IMAGE`, by argument. */
export const basesOf = (dockerfile: string): Record<string, string> =>
  Object.fromEntries(
    [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, argument = "", image = ""]) => [
      argument,
      image,
    ]),
  );
