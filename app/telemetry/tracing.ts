import type { Env, Role } from "../env.ts";

/** The variables that say where traces go. */
export type TracingSettings = Pick<
  Env<"all">,
  | "OTEL_EXPORTER_OTLP_ENDPOINT"
  | "OTEL_EXPORTER_OTLP_HEADERS"
  | "OTEL_SERVICE_NAME"
  | "OTEL_RESOURCE_ATTRIBUTES"
>;

export interface Tracing {
  /** Sends what has not been sent yet; what takes too long is lost. */
  close(): Promise<void>;
}

/**
 * Sends traces, where the environment says to. Elsewhere the SDK is not even loaded, and the spans of this program are
 * those of OpenTelemetry's API without one: nothing.
 *
 * @param warn hears once when the collector takes nothing; what was meant for it is lost, and nothing waits for it.
 */
export async function startTracing(
  role: Role,
  settings: TracingSettings,
  warn: (message: string) => void,
): Promise<Tracing> {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return { close: () => Promise.resolve() };
  const { startSdk } = await import("./sdk.ts");
  return startSdk({
    endpoint,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    service: settings.OTEL_SERVICE_NAME ?? `testfarm-${role}`,
    attributes: settings.OTEL_RESOURCE_ATTRIBUTES ?? {},
    warn,
  });
}
