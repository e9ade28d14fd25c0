/** What there is at Render that runs. */
interface Details {
  readonly region: string;
  readonly plan: string;
  /** A cron job has none. */
  readonly numInstances?: number;
  readonly autoscaling?: object;
  readonly healthCheckPath?: string;
  readonly preDeployCommand?: string;
  readonly maxShutdownDelaySeconds?: number;
  readonly envSpecificDetails?: { readonly dockerCommand?: string };
  /** Of a cron job. */
  readonly schedule?: string;
}

export interface RenderService {
  readonly type: string;
  readonly name: string;
  readonly ownerId: string;
  image: { readonly imagePath: string; readonly registryCredentialId?: string };
  envVars: readonly { readonly key: string; readonly value: string }[];
  serviceDetails: Details;
  suspended: boolean;
  /** What was asked to be changed, one by one. */
  readonly patches: object[];
  /** Oldest first, as nobody promises it. `image` is what it runs, with what variables. */
  readonly deploys: {
    readonly id: string;
    status: string;
    readonly image: string;
    readonly variables: object;
  }[];
  /** One-off jobs, oldest first: with what image and variables, and how many looks each has still to go. */
  readonly runs: {
    readonly id: string;
    readonly command: string;
    readonly image: string;
    readonly variables: object;
    readonly minute: number;
    readonly ends: string;
    left: number;
  }[];
  /** Host names, and whether they are verified. */
  readonly domains: Map<string, boolean>;
}

export interface Services {
  readonly services: Map<string, RenderService>;
  /** What the next deploys end as, in turn. Default: `live`. */
  readonly endings: string[];
  /** What the next runs end as, in turn. Default: `succeeded`. */
  readonly runEndings: string[];
}

export const at = (minute: number) => `2026-11-26T10:${String(minute).padStart(2, "0")}:00Z`;

/** The variables that it has now. */
export const environmentOf = ({ envVars }: RenderService) =>
  Object.fromEntries(envVars.map(({ key, value }) => [key, value]));
