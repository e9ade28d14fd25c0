/** Which variables each role reads, and cannot run without. */
import type { machine, variables } from "./variables.ts";

type Variable = keyof typeof variables | keyof typeof machine;

/** The processes that the application's image can start. `all` is all of them in one, the embedded default. */
export const roles = [
  "all",
  "api",
  "worker",
  "browser",
  "egress",
  "migrate",
  "backup",
  "restore",
  "smoke",
  "objects",
] as const;
export type Role = (typeof roles)[number];

const database = ["DATABASE_URL", "DATABASE_DIRECT_URL", "REDIS_URL", "REDIS_CLUSTER"] as const;
const storage = [
  "S3_BUCKET",
  "S3_REGION",
  "S3_ENDPOINT",
  "S3_FORCE_PATH_STYLE",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "STORAGE_DIR",
] as const;
const api = [
  "AUTH_SECRET",
  "OWNER_EMAIL",
  "OWNER_BOOTSTRAP_TOKEN",
  "FRONTEND_URL",
  "API_BASE_URL",
  "STORAGE_READ_THROUGH",
] as const;
const worker = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_BASE_URL",
  "TRELLO_API_KEY",
  "TRELLO_API_SECRET",
  "BROWSERBASE_API_KEY",
  "BROWSERBASE_PROJECT_ID",
  "BROWSER_URL",
  "BROWSER_TOKEN",
  "WORKER_CONCURRENCY",
] as const;
const backups = [
  "BACKUP_BUCKET",
  "BACKUP_REGION",
  "BACKUP_ENDPOINT",
  "BACKUP_FORCE_PATH_STYLE",
  "BACKUP_ACCESS_KEY_ID",
  "BACKUP_SECRET_ACCESS_KEY",
  "BACKUP_PASSPHRASE",
] as const;
const every = ["LOG_LEVEL", "NODE_ENV"] as const;

/** Each role of a deployment gets only the variables it reads. */
export const readBy = {
  api: [...database, ...storage, ...api, "PORT", ...every],
  worker: [...database, ...storage, ...worker, "PORT", ...every],
  browser: ["BROWSER_TOKEN", "EGRESS_URL", "PORT", ...every],
  egress: ["EGRESS_ALLOW", "PORT", ...every],
  migrate: [
    "DATABASE_ADMIN_URL",
    "DATABASE_DIRECT_URL",
    "BACKUP_DATABASE_URL",
    "BACKUP_POINT_IN_TIME",
    ...every,
  ],
  backup: [
    ...backups,
    "BACKUP_DATABASE_URL",
    "BACKUP_SCHEDULE",
    "BACKUP_DRILL_SCHEDULE",
    "BACKUP_KEEP_DAYS",
    "BACKUP_POINT_IN_TIME",
    "PORT",
    ...every,
  ],
} as const satisfies { readonly [R in Role]?: readonly (keyof typeof variables)[] };

/** What runs once because an operator wants it, with the outputs of the stack. */
export const readByOperators = {
  restore: [...backups, "DATABASE_ADMIN_URL", ...every],
  smoke: [...database, ...storage, ...api, ...worker, ...every],
  objects: [...storage, ...every],
} as const satisfies Record<Exclude<Role, "all" | keyof typeof readBy>, readonly (keyof typeof variables)[]>;

/** What a role cannot run without. */
export const required = {
  all: [],
  api: ["DATABASE_URL", "AUTH_SECRET", "FRONTEND_URL"],
  worker: ["DATABASE_URL"],
  browser: ["BROWSER_TOKEN"],
  egress: [],
  migrate: ["DATABASE_ADMIN_URL"],
  backup: [
    "BACKUP_DATABASE_URL",
    "BACKUP_BUCKET",
    "BACKUP_PASSPHRASE",
    "BACKUP_SCHEDULE",
    "BACKUP_DRILL_SCHEDULE",
    "BACKUP_KEEP_DAYS",
  ],
  restore: ["DATABASE_ADMIN_URL", "BACKUP_BUCKET", "BACKUP_PASSPHRASE"],
  smoke: ["DATABASE_URL", "AUTH_SECRET", "FRONTEND_URL"],
  objects: [],
} as const satisfies Record<Role, readonly Variable[]>;

/** What variables need of each other: whatever `isWrong` is a line of the error. */
export const together: readonly {
  readonly roles: readonly Role[];
  readonly isWrong: (isSet: (name: Variable) => boolean) => boolean;
  readonly problem: string;
}[] = [
  {
    roles: ["api", "worker", "smoke", "objects"],
    isWrong: (isSet) => !isSet("STORAGE_DIR") && !isSet("S3_BUCKET"),
    problem:
      "Neither S3_BUCKET nor STORAGE_DIR is set, and screenshots have to be kept somewhere. Set one of them.",
  },
  {
    roles: ["all", "api", "worker", "smoke", "objects"],
    isWrong: (isSet) => isSet("S3_BUCKET") && !isSet("S3_REGION") && !isSet("S3_ENDPOINT"),
    problem:
      "S3_BUCKET is set, but not where it is. Set S3_REGION for a bucket at AWS, S3_ENDPOINT for one at another store.",
  },
  {
    roles: ["all", "api", "worker", "smoke", "objects"],
    isWrong: (isSet) => isSet("AWS_ACCESS_KEY_ID") !== isSet("AWS_SECRET_ACCESS_KEY"),
    problem: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are of use only together. Set both or neither.",
  },
  {
    roles: ["all", "worker", "smoke"],
    isWrong: (isSet) => isSet("BROWSER_URL") && !isSet("BROWSER_TOKEN"),
    problem:
      "BROWSER_URL is set without BROWSER_TOKEN, and the role browser answers nobody else. Set BROWSER_TOKEN to the one of that role.",
  },
  {
    roles: ["all", "worker", "smoke"],
    isWrong: (isSet) => isSet("BROWSERBASE_API_KEY") && !isSet("BROWSERBASE_PROJECT_ID"),
    problem:
      "BROWSERBASE_API_KEY is set without BROWSERBASE_PROJECT_ID. Set it to the project's id, which its settings at Browserbase show.",
  },
  {
    roles: ["backup", "restore"],
    isWrong: (isSet) => isSet("BACKUP_BUCKET") && !isSet("BACKUP_REGION") && !isSet("BACKUP_ENDPOINT"),
    problem:
      "BACKUP_BUCKET is set, but not where it is. Set BACKUP_REGION for a bucket at AWS, BACKUP_ENDPOINT for one at another store.",
  },
  {
    roles: ["backup", "restore"],
    isWrong: (isSet) => isSet("BACKUP_ACCESS_KEY_ID") !== isSet("BACKUP_SECRET_ACCESS_KEY"),
    problem:
      "BACKUP_ACCESS_KEY_ID and BACKUP_SECRET_ACCESS_KEY are of use only together. Set both or neither.",
  },
];
