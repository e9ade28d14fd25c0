/** What a vendor is for the provider: data and small functions that say which requests are to be made, and make none. */
import { z } from "zod";
import type { Properties, Value } from "../contract.ts";

/** A request; its answer's type is what the vendor publishes of it, which the contract servers of the tests enforce. */
export interface Request<Answer = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root of the vendor's address: `/v2/redis/database`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Beside those of the account. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when it is a Blob, else as JSON. */
  readonly body?: unknown;
  /** Scheme and host where it is not the vendor's usual one. */
  readonly origin?: string;
  /** Whether doing it twice is doing it once, so that it may be sent again after a failure. Default: all but POST. */
  readonly isRepeatable?: boolean;
  /** What it is called in messages, where the path does not tell: `mutation serviceCreate`. */
  readonly name?: string;
  /** Only a type. */
  readonly answer?: Answer;
}

export const get = <Answer>(path: string, query?: Readonly<Record<string, string>>): Request<Answer> => ({
  method: "GET",
  path,
  ...(query && { query }),
});

/** A look that is repeated until the answer is what is waited for. */
export interface Wait {
  readonly until: Request;
  readonly is: (answer: never) => Progress;
}

export const wait = <Answer>(until: Request<Answer>, is: (answer: Answer) => Progress): Wait =>
  ({ until, is }) as Wait;

/** A request, those that follow from the answer to the one before, a wait for something or until it is ready. */
export type Step = Request | Wait | "ready" | ((previous: never) => readonly Step[]);

/** A request, or the one that follows from the answers before it; there may be none yet. */
export type Read = Request | ((before: never) => Request | undefined);

/** Where what has a name is looked for. */
export interface Search<Page = unknown> {
  readonly request: Request<Page>;
  /** The id of the one that is meant. */
  readonly pick: (page: Page) => string | undefined;
  /** Absent: there is one page. */
  readonly next?: (page: Page) => Request<Page> | undefined;
}

export const search = <Page>(
  request: Request<Page>,
  pick: (page: Page) => string | undefined,
  next?: (page: Page) => Request<Page> | undefined,
): Search => ({ request, pick, ...(next && { next }) }) as Search;

/** `failed` is what the vendor says of it, and does not become `ready` by waiting. */
export type Progress = "ready" | { readonly pending: string } | { readonly failed: string };

type AnswerTo<Asked> = Asked extends Request<infer Answer> ? Answer : undefined;
type Answers<Reads> = {
  readonly [Name in keyof Reads]: AnswerTo<
    Reads[Name] extends (before: never) => infer Asked ? Asked : Reads[Name]
  >;
};

/** Some of the fields of an object; as a plain type, since the engine takes no others. */
type Told<T extends z.ZodObject> = { [Name in keyof z.output<T>]?: z.output<T>[Name] & Value };

/**
 * One kind of resource. Inputs and outputs are scalars, lists and maps of them; each has a description, and the marks of
 * `fixed` and `secret` where they are due.
 */
export interface Kind<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
  Reads extends Readonly<Record<string, Read>> = Readonly<Record<string, Read>>,
  Created = unknown,
> {
  /** What it is, for the package's documentation. */
  readonly description: string;
  /** A strict object: an unknown input is an error. */
  readonly inputs: I;
  /** What only the vendor can tell. */
  readonly outputs: O;
  /** Whether it holds data. It has then an input `deletionProtection`, and is deleted only while that is `false`. */
  readonly isStateful?: boolean;
  /** Seconds that it may take to become ready. Default 600. */
  readonly patience?: number;
  /**
   * The one that these inputs would make: it is taken over where it exists, and never made twice. A replacement waits
   * until the old one is gone.
   */
  readonly find?: (inputs: z.output<I>) => Search;
  readonly create: (inputs: z.output<I>) => Request<Created>;
  /** `told` is what no later request answers: it is kept from here on. */
  readonly created: (
    answer: Created,
    inputs: z.output<I>,
  ) => { readonly id: string; readonly told?: Told<O> };
  /** Whether `create` does not say all: `apply` then follows it, with an empty `old`. */
  readonly isCreatedBare?: boolean;
  /**
   * What makes it as the inputs say. Absent: it is never changed, and all of its inputs are `fixed`.
   *
   * @param old what is known of it so far; what is not in it has to be said.
   */
  readonly apply?: (id: string, inputs: z.output<I>, old: Partial<z.output<I>>) => readonly Step[];
  /** Everything that is asked to know it, by names that `tell` uses. A 404 or 410 says that it is gone. */
  readonly read: (id: string, inputs: Partial<z.output<I>>) => Reads;
  /** Default: it is ready as soon as it can be read. */
  readonly progress?: (answers: Answers<Reads>, inputs: Partial<z.output<I>>) => Progress;
  /** Inputs that the vendor does not tell are left out; an output that was told at creation may be. */
  readonly tell: (
    answers: Answers<Reads>,
    id: string,
  ) => { readonly inputs: Told<I>; readonly outputs: Told<O> };
  readonly remove: (id: string, inputs: Partial<z.output<I>>) => readonly Request[];
}

/** Checks a kind's types and forgets them. */
export const kind = <
  I extends z.ZodObject,
  O extends z.ZodObject,
  const Reads extends Readonly<Record<string, Read>>,
  Created,
>(
  declared: Kind<I, O, Reads, Created>,
): Kind<I, O> => declared as unknown as Kind<I, O>;

/** Its change replaces the resource. */
export const fixed = <T extends z.ZodType>(field: T): T => field.meta({ willReplaceOnChanges: true });
/** Never in clear: not in the state, a log, a message. */
export const secret = <T extends z.ZodType>(field: T): T => field.meta({ secret: true });

/** Of every kind that holds data. */
export const deletionProtection = z
  .boolean({ error: "must be true or false" })
  .default(true)
  .describe(
    "Whether a delete is refused, here and at the vendor where it knows such a switch. Default true.",
  );

/** A company with an API. */
export interface Vendor<Credentials extends z.ZodObject = z.ZodObject> {
  /** For people: `Upstash`. */
  readonly title: string;
  /** Scheme and host of its API. */
  readonly origin: string;
  /** What its API knows a caller by. */
  readonly credentials: Credentials;
  readonly headers: (credentials: z.output<Credentials>) => Readonly<Record<string, string>>;
  /** What it says in the body of a refusal. */
  readonly messageIn: (body: unknown) => string | undefined;
  /** What is wrong with an answer whose status is fine, as with GraphQL. */
  readonly refusalIn?: (body: unknown) => { readonly status: number; readonly message: string } | undefined;
  /** What to do about a refusal: where the token is made and which scope it needs, a limit of the plan. */
  readonly advice: (refusal: { readonly status: number; readonly message: string }) => string | undefined;
  readonly kinds: Readonly<Record<string, Kind>>;
}

export const vendor = <Credentials extends z.ZodObject, const K extends Readonly<Record<string, unknown>>>(
  declared: Omit<Vendor<Credentials>, "kinds"> & { readonly kinds: K },
): Omit<Vendor, "kinds"> & { readonly kinds: K } =>
  declared as unknown as Omit<Vendor, "kinds"> & { readonly kinds: K };

export type Inputs<K> = K extends Kind<infer I, z.ZodObject> ? z.input<I> & Properties : never;
export type Outputs<K> = K extends Kind<infer I, infer O> ? z.output<I> & z.output<O> : never;
