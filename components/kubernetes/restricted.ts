/** Of every image of ours, which has a user without rights on any node. */
const user = 10001;

/** For a pod: also the files of its secrets are this user's. */
export const runAs = { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user } as const;

/**
 * For a container: with `runAs` and a seccomp profile this is the level `restricted`
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and a root that nobody writes to.
 */
export const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
