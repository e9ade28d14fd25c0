import { expect, test } from "vitest";
import { zonesOf } from "../../../components/aws/zones.ts";

test.each([
  ["eu-south-2", ["eus2-az1", "eus2-az2", "eus2-az3"]],
  ["eu-central-1", ["euc1-az1", "euc1-az2", "euc1-az3"]],
  ["ap-southeast-1", ["apse1-az1", "apse1-az2", "apse1-az3"]],
  ["us-east-1", ["use1-az1", "use1-az2", "use1-az4"]],
  ["ap-northeast-1", ["apne1-az1", "apne1-az2", "apne1-az4"]],
  ["ca-central-1", ["cac1-az1", "cac1-az2", "cac1-az4"]],
  ["us-west-1", ["usw1-az1", "usw1-az3"]],
])("in %s a stack is in zones that take new clusters: %j", (region, zones) => {
  expect(zonesOf(region)).toEqual(zones);
});
