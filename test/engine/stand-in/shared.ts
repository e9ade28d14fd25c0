import type { Call, Provider, Resource } from "../../../components/provider/contract.ts";

/**
 * A provider for a server that all its instances share. The engine cancels one that a new configuration has replaced,
 * which would abort the calls of the others too: they have no process of their own.
 */
export function shared<Session>(provider: Provider<Session>): Provider<Session> {
  return {
    ...provider,
    resource: (type) => {
      const resource = provider.resource(type);
      return resource && uncancelled(resource);
    },
  };
}

function uncancelled<Session>(resource: Resource<Session>): Resource<Session> {
  const { create, update } = resource;
  const own = (call: Call<Session>): Call<Session> => ({ ...call, signal: new AbortController().signal });
  return {
    ...resource,
    create: (inputs, call) => create.call(resource, inputs, own(call)),
    ...(update && { update: (id, inputs, old, call) => update.call(resource, id, inputs, old, own(call)) }),
  };
}
