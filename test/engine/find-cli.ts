/** Finds the Pulumi CLI on this machine, or builds the version that go.mod pins. */
import {
  findOrBuild,
  isAtLeast,
  orGo,
  pinnedVersion as versionIn,
  versionOf,
} from "../support/go-program.ts";
import type { GoProgram } from "../support/go-program.ts";
import type { Service } from "../support/services.ts";

/** The first that takes every flag as PULUMI_OPTION_<FLAG>: https://github.com/pulumi/pulumi/releases/tag/v3.208.0. */
const oldest = [3, 208] as const;

const program: GoProgram = {
  name: "Pulumi CLI",
  directory: import.meta.dirname,
  module: "github.com/pulumi/pulumi/pkg/v3",
  package: "cmd/pulumi",
  cachedAs: "engine",
  flags: (version) => [
    "-tags",
    "osusergo,grpcnotrace",
    "-ldflags",
    `-w -s -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`,
  ],
};

/** Path of the executable, or `pulumi` where it is on PATH. */
export const pulumiCli: Service<string> = {
  name: program.name,
  needs: `Install Pulumi ${oldest.join(".")} or newer (https://www.pulumi.com/docs/install/), ${orGo}`,
  find: async () =>
    isAtLeast(oldest, await versionOf("pulumi", ["version"])) ? "pulumi" : findOrBuild(program),
};

/** @returns `v3.274.1`. */
export const pinnedVersion = (): string => versionIn(program);
