/** A text without the user names and passwords of the addresses in it, for whoever need not know them. */
export const withoutCredentials = (text: string): string => text.replace(/:\/\/[^\s/?#"'\\@]*@/g, "://");
