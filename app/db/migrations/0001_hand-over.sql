ALTER TABLE "schedules" ADD COLUMN "overlap" text DEFAULT 'skip' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "restart" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "lease" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "schedule_id" uuid;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_schedule_id_schedules_id_fk" FOREIGN KEY ("schedule_id") REFERENCES "public"."schedules"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "session_events_step" ON "session_events" USING btree ("session_id","attempt",((payload ->> 'step')::int)) WHERE type = 'step';--> statement-breakpoint
CREATE INDEX "sessions_unfinished_of_schedule" ON "sessions" USING btree ("schedule_id") WHERE "sessions"."status" in ('queued', 'running');