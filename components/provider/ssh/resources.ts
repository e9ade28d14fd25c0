/** The provider's resource for SSH, as the program makes it. */
import * as pulumi from "@pulumi/pulumi";

/** The key by which a server is known: see host-key.ts. */
export class HostKey extends pulumi.CustomResource {
  declare readonly publicKey: pulumi.Output<string>;
  constructor(
    name: string,
    args: {
      readonly address: pulumi.Input<string>;
      readonly serverId: pulumi.Input<string>;
      readonly patience: number;
    },
    options?: pulumi.CustomResourceOptions,
  ) {
    super("testfarm:ssh:HostKey", name, { ...args, publicKey: undefined }, options);
  }
}
