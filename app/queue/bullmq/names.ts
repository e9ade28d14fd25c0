/** What a store calls the queue. Whoever counts its sessions from outside names the same, infra/contracts/queue.ts. */
export const names = {
  queue: "sessions",
  /**
   * Begins every key on Redis. In braces, so that a cluster keeps all keys of the queue on one node: BullMQ's scripts need
   * them together.
   */
  prefix: "{tf}",
  /** Schema on PostgreSQL, BullMQ's own default. */
  schema: "bullmq",
} as const;
