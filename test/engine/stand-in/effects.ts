/** What a stand-in really does at some of its resources, beside what it says. */
import type { Properties, Provider, Resource } from "../../../components/provider/contract.ts";
import type { World } from "./world.ts";

export interface Effects {
  /**
   * @returns outputs that only the real thing can tell.
   * @throws when there is nothing: then nothing is in the world either.
   */
  readonly create?: (inputs: Properties, id: string, signal: AbortSignal) => Promise<Properties>;
  readonly update?: (inputs: Properties, id: string, signal: AbortSignal) => Promise<Properties>;
  /** Succeeds when it is gone already. */
  readonly delete?: (old: Properties, id: string, signal: AbortSignal) => Promise<void>;
}

/** @param effects by type token. */
export function withEffects(
  provider: Provider<World>,
  effects: Readonly<Record<string, Effects>>,
): Provider<World> {
  return {
    ...provider,
    resource(token) {
      const resource = provider.resource(token);
      const own = effects[token];
      return resource && own ? resourceWith(token, resource, own) : resource;
    },
  };
}

function resourceWith(token: string, resource: Resource<World>, effects: Effects): Resource<World> {
  return {
    ...resource,
    async create(inputs, call) {
      const made = await resource.create(inputs, call);
      try {
        const told = await effects.create?.(inputs, made.id, call.signal);
        return { id: made.id, outputs: { ...made.outputs, ...told } };
      } catch (error) {
        call.session.remove(token, made.id);
        throw error;
      }
    },
    async update(id, inputs, old, call) {
      const outputs = (await resource.update?.(id, inputs, old, call)) ?? {};
      return { ...outputs, ...(await effects.update?.(inputs, id, call.signal)) };
    },
    async delete(id, old, call) {
      await effects.delete?.(old, id, call.signal);
      await resource.delete(id, old, call);
    },
  };
}
