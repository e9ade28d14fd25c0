import { randomBytes } from "node:crypto";
import { ports } from "../../contracts/docker-host.ts";

/** Where the application finds the files of its Secret. */
const secretsDirectory = "/run/secrets/testfarm";

/** The user of the application's image. */
const user = 10_001;

/** Seconds that it gets to end in order. An application's process gives itself less. */
export const grace = 40;

/** Seconds after which what has ended goes by itself, also if nobody waits any more. */
const ttl = 600;

/** What runs once for an operator: by these labels NetworkPolicies let it reach what a worker reaches. */
const labels = {
  "app.kubernetes.io/name": "testfarm",
  "app.kubernetes.io/part-of": "testfarm",
  "app.kubernetes.io/component": "operator",
  "app.kubernetes.io/managed-by": "testfarm",
};

export interface JobSpec {
  /** `smoke`, or `relay`. */
  readonly role: string;
  readonly image: string;
  /** In place of the image's entry point. */
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Seconds that it may run. */
  readonly limit: number;
  /** Whether it is for those who connect to its port. */
  readonly listens?: boolean;
}

/** The image's program, without what starts it. */
export const program = ["node", "dist/app/main.js"];

/** In place of a role that is given something to read: waits until it is removed. */
export const waits = [
  "node",
  "-e",
  "process.once('SIGTERM', () => process.exit()); setInterval(() => {}, 2 ** 30)",
];

/** No other one has it. */
export const nameOf = (role: string): string => `operator-${role}-${randomBytes(4).toString("hex")}`;

/**
 * One pod of the level `restricted` as the account `worker`, to which clouds give the bucket. It starts once its Secret is
 * there.
 */
export const jobOf = (name: string, spec: JobSpec) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, labels: { ...labels, "app.kubernetes.io/instance": spec.role } },
  spec: {
    backoffLimit: 0,
    activeDeadlineSeconds: spec.limit,
    ttlSecondsAfterFinished: ttl,
    template: {
      metadata: { labels: { ...labels, "app.kubernetes.io/instance": spec.role } },
      spec: {
        restartPolicy: "Never",
        serviceAccountName: "worker",
        // Where everybody may pull the image there is none, which a node only notes.
        imagePullSecrets: [{ name: "registry" }],
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: grace,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: user,
          runAsGroup: user,
          fsGroup: user,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: spec.role,
            image: spec.image,
            ...(spec.command && { command: spec.command }),
            args: spec.args,
            env: [{ name: "SECRETS_DIR", value: secretsDirectory }],
            resources: {
              requests: { cpu: "100m", memory: "512Mi" },
              limits: { cpu: "1", memory: "512Mi" },
            },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            ...(spec.listens && {
              ports: [{ containerPort: ports.role }],
              readinessProbe: { tcpSocket: { port: ports.role }, periodSeconds: 1 },
            }),
            volumeMounts: [
              { name: "variables", mountPath: secretsDirectory, readOnly: true },
              { name: "tmp", mountPath: "/tmp" },
            ],
          },
        ],
        volumes: [
          { name: "variables", secret: { secretName: name, defaultMode: 0o440 } },
          { name: "tmp", emptyDir: { sizeLimit: "512Mi" } },
        ],
      },
    },
  },
});

/** Its variables, those that have a value: Kubernetes removes them with the job. */
export const secretOf = (name: string, jobUid: string, variables: Readonly<Record<string, string>>) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name,
    labels,
    ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid: jobUid }],
  },
  type: "Opaque",
  immutable: true,
  stringData: Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== "")),
});
