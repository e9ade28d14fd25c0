import * as pulumi from "@pulumi/pulumi";

/**
 * A database's address as an account, secret.
 *
 * @param to.isPrivate whether it is reached by a private network only. Default: its certificate and host are verified
 *   (https://www.postgresql.org/docs/17/libpq-ssl.html).
 */
export const databaseUrl = (
  to: {
    readonly host: pulumi.Input<string>;
    readonly port: pulumi.Input<number>;
    readonly database: pulumi.Input<string>;
    readonly isPrivate?: boolean;
  },
  user: pulumi.Input<string>,
  password: pulumi.Input<string>,
): pulumi.Output<string> =>
  pulumi.secret(
    pulumi.interpolate`postgres://${user}:${pulumi.output(password).apply(encodeURIComponent)}@${to.host}:${to.port}/${to.database}${to.isPrivate ? "" : "?sslmode=verify-full"}`,
  );
