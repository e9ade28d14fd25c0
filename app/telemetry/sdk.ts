import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type ReadableSpan,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-node";
import { messageOf } from "./error.ts";
import { isWorthSending, withoutSecrets } from "./span.ts";
import type { Tracing } from "./tracing.ts";

interface Options {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly warn: (message: string) => void;
}

/** One request to the collector, its repetitions included. Milliseconds. */
const patience = 5_000;
/** For what has not been sent when the process ends. Milliseconds. */
const lastPatience = 3_000;

const lost = "Traces are lost: the collector does not take them.";

/** OpenTelemetry's SDK for traces alone, set up by what it is given: it would look for much more in the environment. */
export function startSdk({ endpoint, headers, service, attributes, warn }: Options): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, "")}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: patience,
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.instance.id": `${hostname()}-${process.pid}`,
      ...attributes,
      "service.name": service,
    }),
    spanProcessors: [new Sending(telling(exporter, warn), { exportTimeoutMillis: patience })],
  });
  // No baggage: it would carry whatever a client sends on to the queue.
  provider.register({ propagator: new W3CTraceContextPropagator() });
  return {
    async close() {
      const late = sleep(lastPatience, "late", { ref: false });
      if ((await Promise.race([provider.shutdown().catch(() => undefined), late])) === "late") warn(lost);
    },
  };
}

/** Sends spans in batches, of each of them only what may leave the process. */
class Sending extends BatchSpanProcessor {
  override onEnd(span: ReadableSpan): void {
    if (isWorthSending(span)) super.onEnd(withoutSecrets(span));
  }
}

/** The same exporter, which tells when the collector stops taking what it is sent. */
function telling(exporter: SpanExporter, warn: (message: string) => void): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !isFailing) warn(`${lost} ${result.error ? messageOf(result.error) : ""}`);
        isFailing = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
