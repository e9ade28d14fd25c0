import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Long enough for every use; letters and digits, so that one can stand in a URL as it is. */
const alphabet = { length: 40, special: false };

/**
 * The secrets that an installation makes for itself. They are made once and, unless its data may go with it, protected:
 * without them stored data stays out of reach and everybody is signed out.
 */
export class ApplicationSecrets extends pulumi.ComponentResource {
  /** Password of the database's owner. */
  readonly databaseOwner: pulumi.Output<string>;
  /** Password of the account that services use. */
  readonly databaseService: pulumi.Output<string>;
  /** Password of the account that reads everything, for backups. */
  readonly databaseBackup: pulumi.Output<string>;
  /** Encrypts backups: without it nobody can read one. */
  readonly backupPassphrase: pulumi.Output<string>;
  readonly cache: pulumi.Output<string>;
  /** Token for the browser role's API. */
  readonly browserToken: pulumi.Output<string>;
  /** Signs cookies. */
  readonly authSecret: pulumi.Output<string>;
  /** Lets the first owner in. */
  readonly bootstrapToken: pulumi.Output<string>;

  constructor(
    name: string,
    { ephemeral }: { readonly ephemeral: boolean },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("testfarm:secrets:ApplicationSecrets", name, {}, options);
    const make = (part: string): pulumi.Output<string> =>
      new random.RandomPassword(`${name}-${part}`, alphabet, { parent: this, protect: !ephemeral }).result;
    this.databaseOwner = make("database-owner");
    this.databaseService = make("database-service");
    this.databaseBackup = make("database-backup");
    this.backupPassphrase = make("backup-passphrase");
    this.cache = make("cache");
    this.browserToken = make("browser-token");
    this.authSecret = make("auth");
    this.bootstrapToken = make("bootstrap-token");
    this.registerOutputs();
  }
}
