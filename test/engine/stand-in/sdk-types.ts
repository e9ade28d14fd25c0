/** Reads what a provider's published SDK says about its resources, from the `.d.ts` files and without a type checker. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { providerPackage } from "./packages.ts";

export type Type =
  | { readonly kind: "any" }
  | { readonly kind: "string" | "number" | "boolean" }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "array" | "map"; readonly of: Type }
  | { readonly kind: "union"; readonly of: readonly Type[] }
  | { readonly kind: "object"; readonly name: string; readonly shape: () => Shape };

export interface Property {
  readonly type: Type;
  readonly required: boolean;
}

export type Shape = ReadonlyMap<string, Property>;

export interface ResourceTypes {
  /** The properties of `<Name>Args`. */
  readonly inputs: Shape;
  /** The resource's outputs; required are those that are always there. */
  readonly outputs: Shape;
}

export interface Sdk {
  readonly name: string;
  readonly version: string;
  /** The properties of `ProviderArgs`. */
  readonly config: () => Shape;
  /** The types behind a token such as `command:remote:Command`, `undefined` when the SDK has no such resource. */
  readonly resource: (token: string) => ResourceTypes | undefined;
  /** The arguments of a function such as `vercel:index/getFile:getFile`, `undefined` when the SDK has no such function. */
  readonly arguments: (token: string) => Shape | undefined;
}

type Members = ts.NodeArray<ts.TypeElement | ts.ClassElement>;

/** @param name package name as in type tokens, `digitalocean`. */
export function readSdk(name: string): Sdk {
  const { version, directory } = providerPackage(name);
  const reader = new Reader(directory);
  return {
    name,
    version,
    config: () => reader.members("provider", "ProviderArgs") ?? new Map<string, Property>(),
    resource: (token) => {
      const [module, className] = placeOf(token);
      const outputs = reader.members(module, className);
      const inputs = reader.members(module, `${className}Args`);
      return inputs && outputs && { inputs, outputs };
    },
    arguments: (token) => {
      const [module, functionName] = placeOf(token);
      return reader.members(module, `${functionName}Args`);
    },
  };
}

/**
 * Where the SDK has what a token names, with a capital letter: `compute/address` of `gcp:compute/address:Address`, `droplet` of
 * `digitalocean:index/droplet:Droplet`, `networking/v1/ingress` of `kubernetes:networking.k8s.io/v1:Ingress`.
 */
function placeOf(token: string): readonly [module: string, name: string] {
  const [, path = "", name = ""] = token.split(":");
  const own = name.charAt(0).toLowerCase() + name.slice(1);
  const className = name.charAt(0).toUpperCase() + name.slice(1);
  const [folder = "", file = own] = path.split("/");
  if (/^v\d+((alpha|beta)\d+)?$/.test(file))
    return [`${folder.replace(/\..*/, "")}/${file}/${own}`, className];
  // What is called so is in another file: a folder's own content is in that one.
  if (file === "index") return [`${folder}/index_`, className];
  return [folder === "index" ? file : `${folder}/${file}`, className];
}

class Reader {
  readonly #root: string;
  readonly #files = new Map<string, readonly ts.Statement[]>();

  constructor(root: string) {
    this.#root = root;
  }

  /** @param path name of an interface, class or constant, behind the namespaces it stands in. */
  members(module: string, ...path: string[]): Shape | undefined {
    const found = this.#find(module, path);
    if (!found) return undefined;
    const properties = found.filter(
      (member) =>
        (ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) &&
        !member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword),
    ) as (ts.PropertySignature | ts.PropertyDeclaration)[];
    return new Map(
      properties.map((property) => {
        const node = property.type;
        if (!node)
          throw new Error(`${this.#root}/${module}: ${path.join(".")} has a property without a type.`);
        const required = property.questionToken === undefined && !allowsUndefined(node);
        return [(property.name as ts.Identifier).text, { type: this.#type(node), required }];
      }),
    );
  }

  #find(module: string, path: readonly string[]): Members | undefined {
    let statements = this.#statements(module);
    for (const [depth, name] of path.entries()) {
      if (depth < path.length - 1) {
        const namespace = statements.find((each) => ts.isModuleDeclaration(each) && each.name.text === name);
        const body = (namespace as ts.ModuleDeclaration | undefined)?.body;
        statements = body && ts.isModuleBlock(body) ? body.statements : [];
        continue;
      }
      const declaration = statements.find(
        (each) =>
          (ts.isInterfaceDeclaration(each) || ts.isClassDeclaration(each)) && each.name?.text === name,
      );
      return (declaration as ts.InterfaceDeclaration | ts.ClassDeclaration | undefined)?.members;
    }
    return undefined;
  }

  #statements(module: string): readonly ts.Statement[] {
    const known = this.#files.get(module);
    if (known) return known;
    const path = this.#fileOf(module);
    const source = path === undefined ? "" : readFileSync(path, "utf8");
    const { statements } = ts.createSourceFile(`${module}.d.ts`, source, ts.ScriptTarget.Latest);
    this.#files.set(module, statements);
    return statements;
  }

  /** A token may spell a file's name otherwise than it is: `vultr:index/sSHKey:SSHKey` is in sshkey.d.ts. */
  #fileOf(module: string): string | undefined {
    const wanted = join(this.#root, `${module}.d.ts`);
    const folder = dirname(wanted);
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return files
      .map((file) => join(folder, file))
      .find((file) => file.toLowerCase() === wanted.toLowerCase());
  }

  #type(node: ts.TypeNode): Type {
    if (ts.isParenthesizedTypeNode(node)) return this.#type(node.type);
    if (ts.isArrayTypeNode(node)) return { kind: "array", of: this.#type(node.elementType) };
    if (ts.isTypeReferenceNode(node)) return this.#reference(node);
    if (ts.isUnionTypeNode(node)) {
      const types = node.types.filter((each) => each.kind !== ts.SyntaxKind.UndefinedKeyword);
      const [first, ...others] = types.map((each) => this.#type(each));
      return first && others.length === 0 ? first : { kind: "union", of: first ? [first, ...others] : [] };
    }
    if (ts.isTypeLiteralNode(node)) {
      const [index] = node.members;
      if (index && ts.isIndexSignatureDeclaration(index)) return { kind: "map", of: this.#type(index.type) };
    }
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) {
      return { kind: "literal", value: node.literal.text };
    }
    const keyword = keywords[node.kind];
    if (keyword) return { kind: keyword };
    throw new Error(`${this.#root}: no rule to read a type of kind ${ts.SyntaxKind[node.kind]}.`);
  }

  #reference({ typeName, typeArguments }: ts.TypeReferenceNode): Type {
    const [root = "", ...path] = parts(typeName);
    if (root === "inputs" || root === "outputs") {
      const module = root === "inputs" ? "types/input" : "types/output";
      const name = path.join(".");
      return {
        kind: "object",
        name,
        shape: () => {
          const shape = this.members(module, ...path);
          if (!shape) throw new Error(`${this.#root}/${module}.d.ts has no ${name}.`);
          return shape;
        },
      };
    }
    if (root === "enums") return this.#enum(path);
    const [argument] = typeArguments ?? [];
    if (root === "pulumi" && argument) return this.#type(argument);
    // What is left are ids, assets and other resources, which the engine carries in forms of its own.
    return { kind: "any" };
  }

  /** An enum is a constant whose members are the allowed values. */
  #enum(path: readonly string[]): Type {
    const name = path.at(-1);
    const statements = this.#statements(["types/enums", ...path.slice(0, -1), "index"].join("/"));
    for (const statement of statements) {
      if (!ts.isVariableStatement(statement)) continue;
      const [declaration] = statement.declarationList.declarations;
      if (declaration?.name.kind !== ts.SyntaxKind.Identifier || declaration.name.text !== name) continue;
      if (!declaration.type || !ts.isTypeLiteralNode(declaration.type)) continue;
      const members = declaration.type.members.filter(ts.isPropertySignature);
      return { kind: "union", of: members.flatMap(({ type }) => (type ? [this.#type(type)] : [])) };
    }
    throw new Error(`${this.#root}/types/enums has no ${path.join(".")}.`);
  }
}

const keywords: Partial<Record<ts.SyntaxKind, "any" | "string" | "number" | "boolean">> = {
  [ts.SyntaxKind.AnyKeyword]: "any",
  [ts.SyntaxKind.StringKeyword]: "string",
  [ts.SyntaxKind.NumberKeyword]: "number",
  [ts.SyntaxKind.BooleanKeyword]: "boolean",
};

function allowsUndefined(node: ts.TypeNode): boolean {
  if (node.kind === ts.SyntaxKind.UndefinedKeyword) return true;
  if (ts.isUnionTypeNode(node)) return node.types.some(allowsUndefined);
  if (!ts.isTypeReferenceNode(node) || parts(node.typeName)[0] !== "pulumi") return false;
  return node.typeArguments?.some(allowsUndefined) ?? false;
}

function parts(name: ts.EntityName): string[] {
  return ts.isIdentifier(name) ? [name.text] : [...parts(name.left), name.right.text];
}
