import type { Config, Tier } from "../config/schema.ts";
import type { RecordedResource, Recording } from "../plan/record.ts";
import type { RuleId } from "./ids.ts";

/** `error`: `pulumi up` refuses it. `warning`: it is printed. */
export type Severity = "error" | "warning";

/** What a rule has against one resource. */
export interface Finding {
  readonly resource: RecordedResource;
  /** What is wrong, and after a semicolon the fix. */
  readonly message: string;
}

/** What decides beside the resources. */
export interface Circumstances {
  readonly tier: Tier;
  /** Whether the stack's data may go with it. */
  readonly ephemeral: boolean;
  /** Whether the database is backed up outside its server. */
  readonly backup: boolean;
  /** Images of the application that the stack's file names. */
  readonly images: readonly string[];
}

export interface Rule {
  /** What has to hold, as a sentence. */
  readonly says: string;
  readonly severity: Severity;
  /** Whether it compares resources with each other; all others can be checked with one resource at a time. */
  readonly across?: true;
  readonly check: (recording: Recording, circumstances: Circumstances) => Finding[];
}

/** A rule that is broken by one resource. */
export interface Violation {
  readonly rule: RuleId;
  readonly severity: Severity;
  /** Type and name, as in `docker:index/container:Container postgres`. */
  readonly resource: string;
  readonly message: string;
  /** Why the stack's file lets it pass; absent where it does not. */
  readonly waived?: string;
}

export function circumstancesOf(config: Config): Circumstances {
  return {
    tier: config.tier,
    ephemeral: "ephemeral" in config && config.ephemeral,
    backup: "backup" in config && config.backup !== undefined,
    images: Object.values(config.image ?? {}).filter((image) => image !== undefined),
  };
}
