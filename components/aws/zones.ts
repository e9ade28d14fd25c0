/**
 * Numbers of a region's zones where they are not the first three: EKS does not run in `use1-az3`, `usw1-az2` and `cac1-az3`
 * (awsdocs/amazon-eks-user-guide 4d52b4d, networking/network-reqs.adoc), and Tokyo gives `apne1-az3` to old accounts only.
 */
const numbers: Readonly<Record<string, readonly number[]>> = {
  "us-east-1": [1, 2, 4],
  "us-west-1": [1, 3],
  "ca-central-1": [1, 2, 4],
  "ap-northeast-1": [1, 2, 4],
};

/**
 * Ids of the zones that a stack is in: three, or two where a region has no more. Ids are the same in every account, which
 * names such as `us-east-1a` are not (https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html).
 *
 * @returns `eus2-az1` and so on for `eu-south-2`.
 */
export const zonesOf = (region: string): readonly string[] =>
  (numbers[region] ?? [1, 2, 3]).map((number) => `${abbreviated(region)}-az${number}`);

const abbreviated = (region: string): string =>
  region.replaceAll(/north|south|east|west|central/g, (word) => word.charAt(0)).replaceAll("-", "");
