/**
 * What is assumed of the old product's database, whose schema is not at hand. Correct it here, or in a file of your own:
 *
 *     npm run --silent import:sqlite -- --print-mapping > mapping.json
 *     npm run import:sqlite -- old.db --mapping mapping.json
 *
 * Each table of the old database is here with each of its columns: what it becomes, and how its values are read
 * (`conversions.ts` has the names), or why it is left behind. What is not here is refused, so that nothing is lost unseen.
 */
import type { Mapping } from "./mapping-schema.ts";

export const assumed: Mapping = {
  tables: {
    users: {
      becomes: "users",
      columns: {
        id: { becomes: "id", as: "id" },
        email: { becomes: "email", as: "email" },
        name: { becomes: "name", as: "text" },
        role: { becomes: "role", as: "choice", choices: { owner: "owner", admin: "admin", user: "member" } },
        email_verified: { becomes: "emailVerified", as: "flag" },
        password_hash: { ignored: "hashed in a way that the new sign-in does not know" },
        created_at: { becomes: "createdAt", as: "milliseconds" },
      },
    },
    personas: {
      becomes: "personas",
      columns: {
        id: { becomes: "id", as: "id" },
        name: { becomes: "name", as: "text" },
        description: { becomes: "description", as: "text" },
        device: {
          becomes: "device",
          as: "choice",
          choices: { desktop: "desktop", mobile: "phone", phone: "phone" },
        },
        created_at: { becomes: "createdAt", as: "milliseconds" },
      },
    },
    objectives: {
      becomes: "objectives",
      columns: {
        id: { becomes: "id", as: "id" },
        text: { becomes: "text", as: "text" },
        created_at: { ignored: "the new product keeps an objective's words, not when they were first said" },
      },
    },
    schedules: {
      becomes: "schedules",
      columns: {
        id: { becomes: "id", as: "id" },
        persona_id: { becomes: "personaId", as: "id" },
        objective_id: { becomes: "objectiveId", as: "id" },
        url: { becomes: "url", as: "text" },
        cron: { becomes: "cron", as: "text" },
        timezone: { becomes: "timezone", as: "text" },
        enabled: { becomes: "enabled", as: "flag" },
        next_run_at: { becomes: "nextRunAt", as: "milliseconds" },
        created_at: { becomes: "createdAt", as: "milliseconds" },
      },
    },
    sessions: {
      becomes: "sessions",
      columns: {
        id: { becomes: "id", as: "id" },
        persona_id: { becomes: "personaId", as: "id" },
        objective_id: { becomes: "objectiveId", as: "id" },
        schedule_id: { becomes: "scheduleId", as: "id" },
        url: { becomes: "url", as: "text" },
        status: {
          becomes: "status",
          as: "choice",
          choices: {
            pending: "queued",
            running: "running",
            completed: "passed",
            failed: "failed",
            cancelled: "cancelled",
          },
        },
        reason: { becomes: "reason", as: "text" },
        created_at: { becomes: "createdAt", as: "milliseconds" },
        started_at: { becomes: "startedAt", as: "milliseconds" },
        ended_at: { becomes: "endedAt", as: "milliseconds" },
      },
    },
    actions: {
      becomes: "actions",
      columns: {
        id: { becomes: "id", as: "id" },
        session_id: { becomes: "sessionId", as: "id" },
        step: { becomes: "step", as: "integer" },
        kind: {
          becomes: "kind",
          as: "choice",
          choices: {
            navigate: "goto",
            click: "click",
            type: "fill",
            select: "select",
            check: "check",
            back: "back",
            resize: "resize",
          },
        },
        params: { becomes: "parameters", as: "json", rename: { selector: "ref", value: "text" } },
        description: { becomes: "description", as: "text" },
        reasoning: { becomes: "reasoning", as: "text" },
        tokens: { becomes: "tokens", as: "integer" },
        url: { becomes: "url", as: "text" },
        title: { becomes: "title", as: "text" },
        duration_ms: { becomes: "milliseconds", as: "integer" },
        error: { becomes: "error", as: "text" },
        screenshot: { becomes: "screenshot", as: "base64" },
        screenshot_path: { becomes: "screenshot", as: "file" },
        created_at: { becomes: "createdAt", as: "milliseconds" },
      },
    },
    findings: {
      becomes: "findings",
      columns: {
        id: { becomes: "id", as: "id" },
        session_id: { becomes: "sessionId", as: "id" },
        step: { becomes: "step", as: "integer" },
        kind: {
          becomes: "kind",
          as: "choice",
          choices: {
            accessibility: "accessibility",
            missing_label: "missing-label",
            console_error: "console-error",
            failed_request: "failed-request",
            dead_link: "dead-link",
            slow_response: "slow-response",
            overflow: "horizontal-overflow",
            usability: "usability",
          },
        },
        severity: {
          becomes: "severity",
          as: "choice",
          choices: { low: "minor", medium: "moderate", high: "serious", critical: "critical" },
        },
        title: { becomes: "title", as: "text" },
        detail: { becomes: "detail", as: "text" },
        url: { becomes: "url", as: "text" },
        evidence: { becomes: "evidence", as: "json" },
        created_at: { becomes: "createdAt", as: "milliseconds" },
      },
    },
    migrations: { ignored: "which changes the old product had made to its tables" },
  },
};
