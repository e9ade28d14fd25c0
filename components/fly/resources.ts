/** What a stack makes at Fly.io, as programs make it. */
import { app } from "../provider/vendors/fly/app.ts";
import { certificate } from "../provider/vendors/fly/certificate.ts";
import { machine } from "../provider/vendors/fly/machine.ts";
import { postgres, postgresUser } from "../provider/vendors/fly/postgres.ts";
import { release } from "../provider/vendors/fly/release.ts";
import { secrets } from "../provider/vendors/fly/secrets.ts";
import { resourceClass } from "../provider/vendor/program.ts";

export const App = resourceClass("fly", "App", app);
export const Certificate = resourceClass("fly", "Certificate", certificate);
export const Machine = resourceClass("fly", "Machine", machine);
export const Postgres = resourceClass("fly", "Postgres", postgres);
export const PostgresUser = resourceClass("fly", "PostgresUser", postgresUser);
export const Release = resourceClass("fly", "Release", release);
export const Secrets = resourceClass("fly", "Secrets", secrets);
