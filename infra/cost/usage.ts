/** How much is used where the bill depends on it: guesses for the loads that the managed tiers are for, named in each line. */

/** Rows of a database, in GB. */
export const dataGb = 5;
/** Screenshots, in GB: about 200 for each of 1,000 sessions. */
export const picturesGb = 50;
