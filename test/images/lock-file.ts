interface Entry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** What is read of a package-lock.json; the keys are places such as `node_modules/a/node_modules/b`. */
export interface LockFile {
  readonly packages: Readonly<Record<string, Entry>>;
}

/** Names of all packages that the `dependencies` of a workspace need, directly or not. */
export function neededBy(workspace: string, { packages }: LockFile): ReadonlySet<string> {
  const places = new Set([workspace]);
  // A set is walked to its end while it grows.
  for (const place of places) {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[place]!;
    const peers = Object.keys(peerDependencies ?? {}).filter(
      (name) => !peerDependenciesMeta?.[name]?.optional,
    );
    const own = place === workspace ? Object.keys(optionalDependencies ?? {}) : [];
    const names = [...Object.keys(dependencies ?? {}), ...peers].filter((name) => !own.includes(name));
    for (const name of names) {
      const found = placeOf(name, place, packages);
      if (found !== undefined) places.add(found);
    }
  }
  places.delete(workspace);
  return new Set(
    [...places].map((place) => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length)),
  );
}

/** Where Node finds the package: in the nearest `node_modules` above who asks. */
function placeOf(name: string, from: string, packages: LockFile["packages"]): string | undefined {
  const place = from === "" ? `node_modules/${name}` : `${from}/node_modules/${name}`;
  if (place in packages) return place;
  if (from === "") return undefined;
  return placeOf(name, from.slice(0, Math.max(0, from.lastIndexOf("node_modules/") - 1)), packages);
}
