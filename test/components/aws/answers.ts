/** What AWS answers beside what it was told. */
import type { RecordOptions } from "../../../infra/testing/index.ts";

export type Answers = Required<Pick<RecordOptions, "respond" | "call">>;

const states: Readonly<Record<string, (name: string) => Record<string, string | number | object>>> = {
  "aws:eks/cluster:Cluster": () => ({
    endpoint: "https://control-plane.test",
    certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
  }),
  "aws:kms/key:Key": () => ({ arn: "arn:aws:kms:key" }),
  "aws:iam/role:Role": (name) => ({ arn: `arn:aws:iam::123456789012:role/${name}` }),
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ latestVersion: 1 }),
  "aws:rds/instance:Instance": () => ({ address: "testfarm-test.abc.eu-south-2.rds.amazonaws.com" }),
  "aws:elasticache/replicationGroup:ReplicationGroup": () => ({
    primaryEndpointAddress: "master.cache.test",
  }),
  "aws:s3/bucket:Bucket": () => ({ arn: "arn:aws:s3:::testfarm-test-c0ffee" }),
  "random:index/randomId:RandomId": () => ({ hex: "c0ffee" }),
};

export const answersOf: Answers["respond"] = ({ type, inputs }) =>
  ({ state: states[type]?.(String(inputs["name"])) ?? {} }) as ReturnType<Answers["respond"]>;

/** Of a network, what data cannot be without. */
export const networkKept = ["network", "network-private-0", "network-private-1", "network-private-2"];
