import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
// The messages of OTLP as protobuf.js has compiled them from OpenTelemetry's own definitions.
import otlp from "@opentelemetry/otlp-transformer/build/src/generated/root.js";
import { atEnd } from "../../support/at-end.ts";

type Values = Readonly<Record<string, string | number | boolean>>;

/** A span as it arrived. */
export interface Received {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** `""` for the first one of a trace. */
  readonly parentSpanId: string;
  readonly attributes: Values;
  readonly events: readonly unknown[];
  /** Nanoseconds. */
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  /** Of the process that sent it. */
  readonly resource: Values;
}

interface KeyValue {
  readonly key: string;
  /** A whole number comes as a text, since it can have 64 bits. */
  readonly value: Values & { readonly intValue?: string };
}
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<Received, "attributes" | "resource"> & {
        readonly attributes: readonly KeyValue[];
      })[];
    }[];
  }[];
}

interface Definitions {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: Message } };
      };
    };
  };
}
interface Message {
  decode(body: Buffer): object;
  toObject(message: object, options: object): Export;
}

const message = (otlp as unknown as Definitions).opentelemetry.proto.collector.trace.v1
  .ExportTraceServiceRequest;

const hex = (base64: string) => Buffer.from(base64, "base64").toString("hex");
const valuesOf = (pairs: readonly KeyValue[]): Values =>
  Object.fromEntries(
    pairs.map(({ key, value }) => [
      key,
      value.intValue === undefined ? Object.values(value)[0]! : Number(value.intValue),
    ]),
  );

function spansIn(body: Buffer): Received[] {
  const options = { longs: String, bytes: String, enums: String, arrays: true, defaults: false };
  const { resourceSpans } = message.toObject(message.decode(body), options);
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId ?? ""),
        attributes: valuesOf(span.attributes),
        resource: valuesOf(resource.attributes),
      })),
    ),
  );
}

/** A collector of traces on this machine, for the protocol `http/protobuf`. */
export async function startCollector() {
  const spans: Received[] = [];
  const bodies: Buffer[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const isTraces = request.method === "POST" && request.url === "/v1/traces";
    if (!isTraces || request.headers["content-type"] !== "application/x-protobuf") {
      response.writeHead(400).end();
      return;
    }
    headers.push(request.headers);
    bodies.push(body);
    spans.push(...spansIn(body));
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    /** What the spans came in, byte by byte. */
    bodies,
    headers,
  };
}
