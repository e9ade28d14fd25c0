CREATE SCHEMA "promotion";--> statement-breakpoint
CREATE TABLE "promotion"."gate" (
	"id" boolean PRIMARY KEY DEFAULT true CHECK ("id"),
	"epoch" integer DEFAULT 1 NOT NULL,
	"state" text DEFAULT 'open' NOT NULL CHECK ("state" IN ('open', 'draining', 'closed')),
	"run" uuid,
	"sessions" text CHECK ("sessions" IN ('hand-over', 'finish')),
	"answer" text CHECK ("answer" IN ('hold', 'refuse')),
	"until" timestamp with time zone,
	"moved_to" text,
	CONSTRAINT "gate_until" CHECK ("state" = 'open' OR ("until" IS NOT NULL AND "run" IS NOT NULL))
);
--> statement-breakpoint
INSERT INTO "promotion"."gate" DEFAULT VALUES;--> statement-breakpoint
-- Called once a write has passed a gate that had opened by itself. It stands outside of transactions and clocks: whoever
-- closes for good sees it although the writer has not committed, or the clock was set back.
CREATE SEQUENCE "promotion"."lapsed";--> statement-breakpoint
CREATE FUNCTION "promotion"."refuse_writes"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gate promotion.gate;
BEGIN
	-- Not locked: what the promotion itself writes may take long, and the gate is to move meanwhile.
	IF EXISTS (SELECT FROM promotion.gate WHERE run::text = current_setting('testfarm.promotion', true)) THEN
		RETURN NULL;
	END IF;
	-- Locked until the write is committed, row and table: whoever closes it waits for this, and nobody comes in between.
	SELECT * INTO STRICT gate FROM promotion.gate FOR SHARE;
	-- Looked at after the lock was waited for.
	IF gate.state <> 'closed' THEN
		RETURN NULL;
	END IF;
	IF gate.until <= clock_timestamp() THEN
		PERFORM nextval('promotion.lapsed');
		RETURN NULL;
	END IF;
	RAISE EXCEPTION USING
		ERRCODE = 'TF001',
		MESSAGE = format('%I.%I takes no writes: the installation is being moved', TG_TABLE_SCHEMA, TG_TABLE_NAME),
		DETAIL = format('Promotion %s has closed it until %s.', gate.run, gate.until);
END $$;
