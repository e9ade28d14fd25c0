import { chromiumSeccomp } from "../chromium/seccomp.ts";

/** Docker adds architectures to a profile by those that it runs on. */
const seccomp = {
  defaultAction: chromiumSeccomp.defaultAction,
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
  ],
  syscalls: chromiumSeccomp.syscalls,
};

/** @param profile AppArmor profile that allows user namespaces, where the machine restricts them. */
export const chromiumSecurity = (profile: string | undefined): string[] => [
  `seccomp=${JSON.stringify(seccomp)}`,
  ...(profile === undefined ? [] : [`apparmor=${profile}`]),
];
