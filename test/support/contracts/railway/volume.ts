import { type GraphqlBehaviour, Refusal } from "../graphql.ts";
import { connection, type Id, type Input, liveService, type State, the, type Volume } from "./state.ts";

type OfVolume = { readonly volumeId: string };
type Asked = Pick<Volume, "projectId" | "environmentId" | "region" | "mountPath">;

export function instanceOfVolume({ volumes }: State, volumeId: string) {
  const { name, projectId, instanceId, left, ...found } = the(volumes, volumeId, "Volume");
  return {
    ...found,
    id: instanceId,
    volumeId,
    deletedAt: null,
    state: left > 0 ? "UPDATING" : "READY",
    volume: { id: volumeId, name, projectId },
  };
}

export function volumeBehaviour(state: State): GraphqlBehaviour {
  const { volumes, newId } = state;
  return {
    "POST volumeCreate"({ input: { projectId, environmentId, region, mountPath } }: Input<Asked>) {
      const id = newId();
      volumes.set(id, {
        name: "calm-volume",
        projectId,
        environmentId,
        instanceId: newId(),
        region,
        mountPath,
        serviceId: null,
        isPendingDeletion: false,
        left: 2,
      });
      return { ...volumes.get(id), id, volumeInstances: connection([instanceOfVolume(state, id)]) };
    },
    "POST volumeUpdate"({ volumeId, input }: OfVolume & Input<{ readonly name: string }>) {
      const found = Object.assign(the(volumes, volumeId, "Volume"), input);
      return { ...found, id: volumeId };
    },
    "POST volumeDelete"({ volumeId }: OfVolume) {
      the(volumes, volumeId, "Volume").isPendingDeletion = true;
      return true;
    },
    "GET volumeInstance"({ id }: Id) {
      const found = [...volumes].find(([, { instanceId }]) => instanceId === id);
      if (found === undefined) throw new Refusal("VolumeInstance not found");
      const answer = instanceOfVolume(state, found[0]);
      found[1].left--;
      return answer;
    },
    /** What names no service takes the volume from the one that it has. */
    "POST volumeInstanceUpdate"({
      volumeId,
      input: { serviceId = null, mountPath },
    }: OfVolume & Input<{ serviceId?: string | null; mountPath?: string }>) {
      const found = the(volumes, volumeId, "Volume");
      if (serviceId !== null) liveService(state, serviceId);
      Object.assign(found, { serviceId, ...(mountPath !== undefined && { mountPath }) });
      return true;
    },
  };
}
