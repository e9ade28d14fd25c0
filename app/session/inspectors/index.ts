import { accessibility } from "./accessibility.ts";
import { consoleErrors } from "./console.ts";
import type { StartInspector } from "./contract.ts";
import { deadLinks } from "./dead-link.ts";
import { horizontalOverflow } from "./overflow.ts";
import { failedRequests, slowResponses } from "./requests.ts";

/** All inspectors. The one that resizes the page comes last. */
export const inspectors: readonly StartInspector[] = [
  consoleErrors,
  failedRequests,
  slowResponses,
  deadLinks,
  accessibility,
  horizontalOverflow,
];
