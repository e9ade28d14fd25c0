import type { Call, Provider, Resource } from "../../../components/provider/contract.ts";

/**
 * A provider for a server that all its instances share. The engine cancels one that a new configuration has replaced,
 * which would abort the calls of the others too: they have no process of their own.
 *
 * @param ended aborts what is under way, as the end of a process would.
 */
export function shared<Session>(provider: Provider<Session>, ended: AbortSignal): Provider<Session> {
  return {
    ...provider,
    resource: (type) => {
      const resource = provider.resource(type);
      return resource && uncancelled(resource, ended);
    },
  };
}

function uncancelled<Session>(resource: Resource<Session>, signal: AbortSignal): Resource<Session> {
  const { create, update } = resource;
  const own = (call: Call<Session>): Call<Session> => ({ ...call, signal });
  return {
    ...resource,
    create: (inputs, call) => create.call(resource, inputs, own(call)),
    ...(update && { update: (id, inputs, old, call) => update.call(resource, id, inputs, old, own(call)) }),
  };
}
