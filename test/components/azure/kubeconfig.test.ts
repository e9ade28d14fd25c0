import { expect, test } from "vitest";
import { authorityIn } from "../../../components/azure/kubeconfig.ts";

const told = (text: string) => Buffer.from(text).toString("base64");

test("a cluster whose certificate Azure does not tell is no place to connect to", () => {
  expect(authorityIn(told("    certificate-authority-data: Q0VSVA==\n"), "farm")).toBe("Q0VSVA==");
  for (const without of ["", told("apiVersion: v1\nclusters: []\n")])
    expect(() => authorityIn(without, "farm")).toThrow("AKS names no certificate of cluster farm.");
});
