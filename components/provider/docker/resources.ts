/** The provider's resources for a Docker engine, as the program makes them. */
import * as pulumi from "@pulumi/pulumi";

/** One engine. */
export class Engine extends pulumi.ProviderResource {
  constructor(
    name: string,
    args: { readonly engine: pulumi.Input<string>; readonly sshOptions: pulumi.Input<string[]> },
    options?: pulumi.ResourceOptions,
  ) {
    const sshOptions = pulumi.jsonStringify(args.sshOptions);
    super("testfarm", name, { engine: args.engine, sshOptions }, options);
  }
}

/** A port that nobody else has: see free-port.ts. */
export class FreePort extends pulumi.CustomResource {
  constructor(
    name: string,
    args: { readonly stack: string; readonly port: number; readonly fix: string },
    options?: pulumi.CustomResourceOptions,
  ) {
    super("testfarm:docker:FreePort", name, args, options);
  }
}

/** Which of two names the containers of a release have: see slot.ts. */
export class Slot extends pulumi.CustomResource {
  declare readonly slot: pulumi.Output<string>;
  constructor(
    name: string,
    args: {
      readonly stack: string;
      readonly release: pulumi.Input<string>;
      readonly grace: number;
    },
    options?: pulumi.CustomResourceOptions,
  ) {
    super("testfarm:docker:Slot", name, { ...args, slot: undefined }, options);
  }
}

/** A release that is in service: see rollout.ts. */
export class Rollout extends pulumi.CustomResource {
  constructor(
    name: string,
    args: {
      readonly stack: string;
      readonly containers: Readonly<Record<string, pulumi.Input<string>>>;
      readonly patience: number;
      readonly grace: number;
    },
    options?: pulumi.CustomResourceOptions,
  ) {
    super("testfarm:docker:Rollout", name, args, options);
  }
}

/** A container that has run to its end without a failure: see finished.ts. */
export class Finished extends pulumi.CustomResource {
  constructor(
    name: string,
    args: { readonly service: string; readonly container: pulumi.Input<string> },
    options?: pulumi.CustomResourceOptions,
  ) {
    super("testfarm:docker:Finished", name, args, options);
  }
}
