import { expect, test } from "vitest";
import { NodeAccount } from "../../../components/gcp/node-account.ts";
import { recordProgram } from "../../../infra/testing/index.ts";
import { placeOf } from "../kubernetes-place.ts";
import { respond } from "./answers.ts";

const start = (label: string) =>
  recordProgram(
    async () => {
      const { email } = new NodeAccount("nodes", placeOf({ label }));
      return { email };
    },
    { respond },
  );

test("nodes have an account of their own, which may log and pull images", async () => {
  const { resources, outputs } = await start("testfarm-test");
  expect(outputs["email"]).toBe("account@farm-project.iam.gserviceaccount.com");
  const roles = resources
    .filter(({ type }) => type === "gcp:projects/iAMMember:IAMMember")
    .map(({ inputs: { role, project, member } }) => [role, project, member]);
  const member = "serviceAccount:account@farm-project.iam.gserviceaccount.com";
  expect(roles).toEqual([
    ["roles/container.defaultNodeServiceAccount", "farm-project", member],
    ["roles/artifactregistry.reader", "farm-project", member],
  ]);
});

test("a name that Google would not take is refused before anything is made", async () => {
  await expect(start("testfarm-a-name-that-is-long")).rejects.toThrow(
    '"testfarm-a-name-that-is-long-nodes" is 34 characters long, and the id of a service account at Google Cloud has 30 at most; choose a shorter name for the stack.',
  );
});
