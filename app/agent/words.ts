/** Words that say nothing about what somebody wants. */
const stopWords = new Set(
  (
    "a an the and or of to in on at for from with without by as is are be it its this that one some any i me my we our " +
    "you your they their user users want wants would like please can could should then so into site website shop page " +
    "web online try test see make sure get"
  ).split(" "),
);

/** The telling words of a text, in lower case and singular, each once. */
export function wordsIn(text: string): readonly string[] {
  const words = text.toLowerCase().match(/\p{L}{2,}/gu) ?? [];
  return [...new Set(words.filter((word) => !stopWords.has(word)).map(singular))];
}

/** `mugs` and `mug` are the same to somebody who looks for one. */
const singular = (word: string) => (word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word);
