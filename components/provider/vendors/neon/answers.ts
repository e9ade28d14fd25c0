/** What is used of Neon's answers. */

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly region_id: string;
  readonly pg_version: number;
  readonly org_id?: string;
  readonly history_retention_seconds: number;
  readonly settings?: { readonly enable_logical_replication?: boolean };
}

export interface Branch {
  readonly id: string;
  readonly project_id: string;
  readonly default: boolean;
  readonly protected: boolean;
  readonly current_state: "init" | "resetting" | "ready" | "archived";
}

/** A compute; its host name is the database's. */
export interface Endpoint {
  readonly id: string;
  readonly host: string;
  readonly type: "read_write" | "read_only";
  readonly current_state: "init" | "active" | "idle";
  readonly autoscaling_limit_min_cu: number;
  readonly autoscaling_limit_max_cu: number;
  readonly suspend_timeout_seconds: number;
}

export interface Operation {
  readonly action: string;
  readonly status:
    | "scheduling"
    | "running"
    | "cancelling"
    | "finished"
    | "failed"
    | "error"
    | "cancelled"
    | "skipped";
  readonly error?: string;
}

export interface Endpoints {
  readonly endpoints: readonly Endpoint[];
}

/** Of the projects, and then of the branches of the one that was found. */
export interface Found {
  readonly projects?: readonly Project[];
  /** Those that it could not list in time. */
  readonly unavailable_project_ids?: readonly string[];
  readonly pagination?: { readonly cursor: string };
  readonly branches?: readonly Branch[];
}
