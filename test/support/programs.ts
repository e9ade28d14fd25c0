import { findOrInstall, orInstall } from "./debian.ts";
import { rootCan } from "./root.ts";
import type { Service } from "./services.ts";

/** A program of a package of Debian. */
const of = (name: string, packageName: string): Service<string> => ({
  name,
  needs: orInstall(packageName),
  find: () => findOrInstall(name, packageName),
});

export const cloudInitProgram = of("cloud-init", "cloud-init");
export const openssl = of("openssl", "openssl");
export const shellcheck = of("shellcheck", "shellcheck");
export const systemdAnalyze = of("systemd-analyze", "systemd");

/** It asks for a directory in /run, which only root can give it. */
export const sshd: Service<string> = {
  name: "sshd as root",
  needs: orInstall("openssh-server"),
  find: async () =>
    (await rootCan("unshare", "--mount", "true")) ? findOrInstall("sshd", "openssh-server") : undefined,
};
