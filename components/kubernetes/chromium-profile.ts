import { createHash } from "node:crypto";
import { chromiumSeccomp } from "../chromium/seccomp.ts";

const content = JSON.stringify(chromiumSeccomp);
const digest = createHash("sha256").update(content).digest("hex").slice(0, 8);
const file = `chromium-${digest}.json`;

/** Directory of a node in which the kubelet looks for profiles (https://kubernetes.io/docs/tutorials/security/seccomp/). */
const directory = "/var/lib/kubelet/seccomp/testfarm";

/** The seccomp profile of browsers. Another one has another name: pods of the release before still find theirs. */
export const chromiumProfile = { content, file, directory, path: `testfarm/${file}` } as const;
